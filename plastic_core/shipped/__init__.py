"""Trained checkpoints that come with the package: shipped/<task>/<arm>/, as plastic_core/train/checkpoint.py has them.

Each was trained by `plastream train` and written here by `plastream eval ... --ship`; its card says on what, for how
long, on which machine, and how well it does on episodes that training never saw.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def place(task: str, arm: str) -> Path:
    """Where the checkpoint of a task's arm is, or would be."""
    return HERE / task / arm


def arms(task: str) -> list[str]:
    """The task's arms that are shipped."""
    folder = HERE / task
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

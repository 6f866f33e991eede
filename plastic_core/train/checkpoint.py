"""Checkpoints of a training run: whole or absent, never pickle.

Layout, one folder a checkpoint, named by the number of the next episode:

    <folder>/<episode, 12 digits>/model.safetensors
    <folder>/<episode, 12 digits>/optimizer.safetensors    Adam's step, exp_avg and exp_avg_sq of each weight
    <folder>/<episode, 12 digits>/card.json                what it is, where it came from, the sums of the files

A shipped one has no optimizer: it is for use, nobody goes on from it. See plastic_core/shipped/.

There is no random state to keep: episodes are functions of seed and number, see plastic_core/tasks/contract.py.

A kill or a full disk at any moment leaves either the whole checkpoint or none: see plastic_core/folders.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from plastic_core import folders
from plastic_core.folders import DRAFT, canonical, stored, sum_of
from plastic_core.train.learner import Tensors

FORMAT = 1
MODEL = "model.safetensors"
OPTIMIZER = "optimizer.safetensors"
CARD = "card.json"


class CheckpointUnusable(Exception):
    """The message says in one line which checkpoint, and why."""


class CheckpointTorn(CheckpointUnusable):
    """A file is missing, cut or changed."""


class CheckpointForeign(CheckpointUnusable):
    """Whole, but of another format, task, configuration or model."""


@dataclass(frozen=True)
class Checkpoint:
    """A run as it was after some episode."""

    episode: int
    card: Mapping[str, Any]
    """JSON; see loop.card for what is in it."""
    model: Tensors
    optimizer: Tensors | None
    """None where it is shipped."""


def write(folder: Path, checkpoint: Checkpoint) -> Path:
    """Save below `folder`; one of the same episode is the same checkpoint and is kept as it is, unless it is torn.

    Raises OSError when the disk is full or read-only; nothing is left behind then.
    """
    target = folder / f"{checkpoint.episode:012d}"
    if target.exists():
        if _whole(target):
            return target
        shutil.rmtree(target)
    folders.write(target, files_of(checkpoint), mode=0o755)
    return target


def files_of(checkpoint: Checkpoint) -> dict[str, bytes]:
    """File name -> bytes, the card's sums among them."""
    tensors = {MODEL: checkpoint.model, OPTIMIZER: checkpoint.optimizer}
    files = {name: _bytes(held) for name, held in tensors.items() if held is not None}
    card = {"format": FORMAT, **checkpoint.card, "sums": {name: sum_of(data) for name, data in files.items()}}
    card["sum"] = sum_of(canonical(card))
    return {**files, CARD: json.dumps(card, indent=2).encode()}


def read(path: Path) -> Checkpoint:
    """Load one checkpoint. Raises CheckpointTorn, CheckpointForeign, FileNotFoundError where there is no card."""
    card = read_card(path)
    try:
        files = {name: (path / name).read_bytes() for name in (MODEL, OPTIMIZER) if name in card["sums"]}
        if any(card["sums"][name] != sum_of(data) for name, data in files.items()):
            raise CheckpointTorn(f"{path} is not as it was written")
        optimizer = load(files[OPTIMIZER]) if OPTIMIZER in files else None
        return Checkpoint(int(card["episode"]), card, load(files[MODEL]), optimizer)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, SafetensorError) as error:
        raise CheckpointTorn(f"{path} is not whole: {error}") from error


def read_card(path: Path) -> dict[str, Any]:
    """The card alone. Raises as `read` does."""
    data = (path / CARD).read_bytes()
    try:
        card: dict[str, Any] = json.loads(data)
        version = card["format"]
        said = card.pop("sum", None)
        found = sum_of(canonical(card))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointTorn(f"{path / CARD} is not a checkpoint's card") from error
    if version != FORMAT:
        raise CheckpointForeign(f"{path} has format {version!r}, this version reads {FORMAT}")
    if said != found:
        raise CheckpointTorn(f"{path / CARD} is not as it was written")
    return card


def newest(folder: Path) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """The newest whole checkpoint, and one line for each newer one that was torn. Raises CheckpointForeign."""
    torn: list[str] = []
    for path in reversed(stored(folder)):
        try:
            return read(path), tuple(torn)
        except (CheckpointTorn, FileNotFoundError) as error:
            torn.append(str(error) if isinstance(error, CheckpointTorn) else f"{path} has no {CARD}")
    return None, tuple(torn)


def retain(folder: Path, kept: Collection[Path]) -> None:
    """Remove all checkpoints but these, and what a kill left half written."""
    for path in [*stored(folder), *folder.glob(f"{DRAFT}*")]:
        if path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _whole(path: Path) -> bool:
    try:
        read(path)
    except (CheckpointUnusable, OSError):
        return False
    return True


def _bytes(tensors: Tensors) -> bytes:
    return save({name: torch.clone(tensor.detach()).contiguous() for name, tensor in sorted(tensors.items())})

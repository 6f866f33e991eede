"""Every task by name: a new one is one file here and one line below."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from plastic_core.tasks.contract import Task
from plastic_core.tasks.cues import Cues
from plastic_core.tasks.images.task import Images
from plastic_core.tasks.lifelong import Lifelong
from plastic_core.tasks.maze import Maze
from plastic_core.tasks.omniglot.task import Omniglot
from plastic_core.tasks.patterns import Patterns
from plastic_core.tasks.streams.task import StreamTask

TASKS: Mapping[str, type[Task[Any, Any]]] = MappingProxyType(
    {
        "cues": Cues,
        "images": Images,
        "lifelong": Lifelong,
        "maze": Maze,
        "omniglot": Omniglot,
        "patterns": Patterns,
        "streams": StreamTask,
    }
)
"""Name -> the task's dataclass."""

"""Snapshots of a partition's memories: whole or absent, newest first, never pickle.

Layout, one folder a snapshot, named by the next input offset to process:

    <folder>/<offset, 20 digits>/tensors.safetensors
    <folder>/<offset, 20 digits>/manifest.json        {"format", "body": {"offset", "card", "tensors": sum}, "sum"}

A kill or a full disk at any moment leaves either the whole snapshot or none (see plastic_core/folders.py). What was
flipped or cut later is found by its sum, and the one before is used.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

from plastic_core import folders
from plastic_core.folders import canonical, stored, sum_of

FORMAT = 1
TENSORS = "tensors.safetensors"
MANIFEST = "manifest.json"

Tensors = Mapping[str, npt.NDArray[Any]]


class SnapshotBroken(Exception):
    """A snapshot is torn, changed or of a format that this version does not know; the message says which."""


@dataclass(frozen=True)
class Snapshot:
    """The memories of one partition after all records before `offset`."""

    offset: int
    """Next input offset to process."""
    card: Mapping[str, Any]
    """What the tensors mean, as JSON: streams, plans, weights version."""
    tensors: Tensors
    """Numeric arrays by name."""


def write(folder: Path, snapshot: Snapshot) -> Path:
    """Save the snapshot below `folder`; one with the same offset is the same snapshot and is kept as it is.

    Raises OSError when the disk is full or read-only; nothing is left behind then.
    """
    target = folder / f"{snapshot.offset:020d}"
    if target.exists():
        return target
    tensors = save({name: np.ascontiguousarray(array) for name, array in snapshot.tensors.items()})
    body = {"offset": snapshot.offset, "card": snapshot.card, "tensors": sum_of(tensors)}
    manifest = {"format": FORMAT, "body": body, "sum": sum_of(canonical(body))}
    try:
        folders.write(target, {TENSORS: tensors, MANIFEST: canonical(manifest)})
    except OSError:
        if not target.exists():  # else another owner of the partition was first, with the same bytes
            raise
    return target


def read(path: Path) -> Snapshot:
    """Load one snapshot. Raises SnapshotBroken when a byte of it is not as it was written."""
    try:
        manifest = json.loads((path / MANIFEST).read_bytes())
        tensors = (path / TENSORS).read_bytes()
        if manifest["format"] != FORMAT:
            raise SnapshotBroken(f"{path}: format {manifest['format']}, this version reads {FORMAT}")
        body = manifest["body"]
        if manifest["sum"] != sum_of(canonical(body)) or body["tensors"] != sum_of(tensors):
            raise SnapshotBroken(f"{path}: not as it was written")
        return Snapshot(int(body["offset"]), body["card"], load(tensors))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise SnapshotBroken(f"{path}: {error}") from error


def newest(folder: Path) -> tuple[Snapshot | None, list[str]]:
    """The newest whole snapshot, and one line for each newer one that was broken and passed over."""
    broken: list[str] = []
    for path in reversed(stored(folder)):
        try:
            return read(path), broken
        except SnapshotBroken as error:
            broken.append(str(error))
    return None, broken


def retain(folder: Path, keep: int) -> None:
    """Remove all but the `keep` newest snapshots."""
    for path in stored(folder)[:-keep]:
        shutil.rmtree(path, ignore_errors=True)

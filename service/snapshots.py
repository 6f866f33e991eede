"""Snapshots of a partition's memories: whole or absent, newest first, never pickle.

Layout, one folder a snapshot, named by the next input offset to process:

    <folder>/<offset, 20 digits>/tensors.safetensors
    <folder>/<offset, 20 digits>/manifest.json        {"format", "body": {"offset", "card", "tensors": sum}, "sum"}

A snapshot is written under a temporary name, every file and folder synced, and renamed at the end: a kill or a full
disk at any moment leaves either the whole snapshot or none. What was flipped or cut later is found by its sum, and the
one before is used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

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
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        tensors = save({name: np.ascontiguousarray(array) for name, array in snapshot.tensors.items()})
        body = {"offset": snapshot.offset, "card": snapshot.card, "tensors": _sum(tensors)}
        manifest = {"format": FORMAT, "body": body, "sum": _sum(_canonical(body))}
        _write_synced(draft / TENSORS, tensors)
        _write_synced(draft / MANIFEST, _canonical(manifest))
        _sync_folder(draft)
        draft.rename(target)
        _sync_folder(folder)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
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
        if manifest["sum"] != _sum(_canonical(body)) or body["tensors"] != _sum(tensors):
            raise SnapshotBroken(f"{path}: not as it was written")
        return Snapshot(int(body["offset"]), body["card"], load(tensors))
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise SnapshotBroken(f"{path}: {error}") from error


def newest(folder: Path) -> tuple[Snapshot | None, list[str]]:
    """The newest whole snapshot, and one line for each newer one that was broken and passed over."""
    broken: list[str] = []
    for path in reversed(list(stored(folder))):
        try:
            return read(path), broken
        except SnapshotBroken as error:
            broken.append(str(error))
    return None, broken


def stored(folder: Path) -> Iterator[Path]:
    """Paths of the snapshots below `folder`, oldest first."""
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if path.name.isdigit())


def retain(folder: Path, keep: int) -> None:
    """Remove all but the `keep` newest snapshots."""
    for path in list(stored(folder))[:-keep]:
        shutil.rmtree(path, ignore_errors=True)


def _canonical(document: Any) -> bytes:
    return json.dumps(document, sort_keys=True).encode()


def _sum(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

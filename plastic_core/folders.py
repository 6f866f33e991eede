"""Numbered folders of files on the disk, each whole or absent, and sums that tell what was cut or changed later.

A folder is written under a temporary name, every file and folder synced, and renamed at the end: a kill or a full disk
at any moment leaves either the whole folder or none.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DRAFT = ".draft-"
"""How the temporary names begin."""


def write(target: Path, files: Mapping[str, bytes], mode: int | None = None) -> None:
    """Write `target`, a folder that is not there yet; file name -> bytes. mode: of the folder, else the owner's alone.

    Raises OSError when the disk is full or read-only, or `target` has come meanwhile; nothing is left behind then.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=target.parent))
    try:
        for name, data in files.items():
            _write_synced(draft / name, data)
        _sync(draft)
        if mode is not None:
            draft.chmod(mode)
        draft.rename(target)
        _sync(target.parent)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def stored(folder: Path) -> list[Path]:
    """The numbered folders below `folder`, lowest first."""
    return sorted(path for path in folder.iterdir() if path.name.isdigit()) if folder.is_dir() else []


def canonical(document: Any) -> bytes:
    """A JSON value in the form over which sums are taken."""
    return json.dumps(document, sort_keys=True).encode()


def alone(descriptor: int) -> bool:
    """Whether no other process holds this open file or folder; from now on this one does, until it is closed.

    Some network folders know no locks: there it is up to the user, and True.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def sum_of(data: bytes) -> str:
    """The sum that tells whether a byte was changed: blake2b, 32 bytes, hexadecimal."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

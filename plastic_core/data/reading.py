"""Files of others, read with libraries that raise nearly anything over a damaged or hostile one."""

from __future__ import annotations

import errno
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from plastic_core.data.errors import DataMissing, DataUnusable

LARGEST = 1 << 20
"""Bytes of a member of a zip; a written character takes some hundred."""
TOLD = 80
"""Characters that are told of what a library says."""


@contextmanager
def readable(what: str, remedy: str) -> Generator[None]:
    """Within this block nothing but a library reads: what it cannot read is DataUnusable, "WHAT (why): REMEDY".

    Errors of the system, such as a disk that fails, pass.
    """
    try:
        yield
    except (DataMissing, DataUnusable):
        raise
    except Exception as error:
        # an offset before the file's beginning and a broken stream are OSErrors too
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        told = " ".join(str(error).split()) or type(error).__name__
        raise DataUnusable(f"{what} ({told:.{TOLD}}): {remedy}") from error


@contextmanager
def opened(path: Path) -> Generator[zipfile.ZipFile]:
    """A zip file. Raises DataUnusable, OSError."""
    with readable(*_torn(path)):
        archive = zipfile.ZipFile(path)
    with archive:
        yield archive


def member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    """The bytes of one of the archive's names. path: of the archive. Raises DataUnusable, OSError."""
    if archive.getinfo(name).file_size > LARGEST:
        raise DataUnusable(f"{name} in {path} holds over {LARGEST:,} bytes: take the official file")
    with readable(*_torn(path)):
        return archive.read(name)


def _torn(path: Path) -> tuple[str, str]:
    return f"{path} is no whole zip file", "fetch it again"

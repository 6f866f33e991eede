"""Data sets brought here: downloaded, checked against the published sums, and only then under their names.

A file that is coming is called NAME.part; whatever breaks off, the next call goes on from it. A file under its own name
is whole and right. Only one process works in a folder.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from plastic_core import folders
from plastic_core.data.errors import DataUnusable, SourceChanged, SourceSilent
from plastic_core.data.places import PART
from plastic_core.data.sources import DataSet, Made, PublicFile

CHUNK = 1 << 18
"""Bytes between two events."""
PARTIAL, NOTHING_LEFT = 206, 416
"""HTTP's answers to a request for the rest of a file: here it comes; there is no more."""
BUSY = (429, 500, 502, 503, 504)
"""Answers that may be others later."""


class Here(NamedTuple):
    """A file is there and right."""

    name: str


class Coming(NamedTuple):
    """So many of a file's bytes have come."""

    name: str
    done: int
    total: int | None


class Making(NamedTuple):
    """A file is being made out of what was downloaded."""

    name: str


Event = Here | Coming | Making


def fetch(wanted: DataSet, folder: Path, mirror: str | None = None, timeout_s: float = 30.0) -> Iterator[Event]:
    """Bring the data set's files into `folder`, which is made; what is there already is checked and left alone.

    mirror: another place that holds the files, by their names; they are checked all the same. timeout_s: how long a
    host may be silent. Raises SourceSilent, SourceChanged and DataUnusable, which say what to do, and OSError.
    """
    with _held(folder):
        if wanted.made is not None and _is_made(wanted.made, folder):
            yield Here(wanted.made.name)
            return
        came: list[Path] = []
        for file in wanted.files:
            path = folder / file.name
            if not _is_there(file, path):
                url = f"{mirror.rstrip('/')}/{file.name}" if mirror else file.url
                yield from _download(file, url, path, timeout_s)
                came.append(path)
            yield Here(file.name)
        if wanted.made is not None:
            yield Making(wanted.made.name)
            _make(wanted.made, folder)
            for path in came:
                path.unlink()
            yield Here(wanted.made.name)


def matches(path: Path, checksum: str) -> bool:
    """Whether the file's bytes have this sum, ALGORITHM:HEX. Raises OSError."""
    algorithm, _, expected = checksum.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == expected


@contextmanager
def _held(folder: Path) -> Generator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not folders.alone(descriptor):
            raise DataUnusable(f"another process fetches into {folder}: wait for its end")
        yield
    finally:
        os.close(descriptor)


def _is_there(file: PublicFile, path: Path) -> bool:
    if not path.exists():
        return False
    if not (path.is_file() and matches(path, file.checksum)):
        raise DataUnusable(f"{path} is not the file that was published: move it away, or choose another folder")
    return True


def _is_made(made: Made, folder: Path) -> bool:
    path = folder / made.name
    if not path.exists():
        return False
    if not (path.is_file() and made.sound(path)):
        raise DataUnusable(f"{path} is another file than the one made here: move it away, or choose another folder")
    return True


def _make(made: Made, folder: Path) -> None:
    draft = folder / f".{made.name}{PART}"
    try:
        made.make(folder, draft)
        _settle(draft, folder / made.name)
    finally:
        draft.unlink(missing_ok=True)


def _settle(draft: Path, path: Path) -> None:
    """Under its own name, once the disk has it."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(path)


def _download(file: PublicFile, url: str, path: Path, timeout_s: float) -> Iterator[Coming]:
    part = path.with_name(path.name + PART)
    done = part.stat().st_size if part.exists() else 0
    if done == 0 or done != file.size:
        yield from _rest(file, url, part, done, timeout_s)
    if not matches(part, file.checksum):
        part.unlink()
        raise SourceChanged(
            f"{url} is not the file that was published (its {file.checksum.partition(':')[0]} differs): "
            f"try again, or put the right {file.name} into {path.parent}"
        )
    _settle(part, path)


def _rest(file: PublicFile, url: str, part: Path, done: int, timeout_s: float) -> Iterator[Coming]:
    """What is not there yet, behind it; all of it where the host gives nothing but the whole."""
    answer = _asked(url, part, done, timeout_s)
    if answer is None:
        return
    with answer:
        done = done if answer.status == PARTIAL else 0
        length = answer.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else file.size
        with part.open("ab" if done else "wb") as target:
            yield Coming(file.name, done, total)
            while chunk := _read(answer, url):
                target.write(chunk)
                done += len(chunk)
                yield Coming(file.name, done, total)
                if file.size is not None and done > file.size:
                    return  # another file, and one that may have no end: its sum will say so
    if total is not None and done < total:
        raise SourceSilent(f"{url} broke off after {done:,} of {total:,} bytes: the same command goes on from there")


def _asked(url: str, part: Path, done: int, timeout_s: float) -> HTTPResponse | None:
    """The answer of the host; None where it has no more than what is there."""
    headers = {"User-Agent": "plastream"} | ({"Range": f"bytes={done}-"} if done else {})
    try:
        return urlopen(Request(url, headers=headers), timeout=timeout_s)  # noqa: S310  addresses of the catalogue or the user
    except HTTPError as error:
        error.close()
        if error.code == NOTHING_LEFT and done:
            return None
        if error.code in BUSY:
            raise _silent(url, error) from None
        name = part.name.removesuffix(PART)
        raise SourceChanged(
            f"{url} answers {error.code} {error.reason}: put {name} into {part.parent} by other means"
        ) from None
    except ValueError:
        raise DataUnusable(f"{url} is no address: write http://HOST/FOLDER") from None
    except (OSError, HTTPException) as error:
        raise _silent(url, error) from None


def _read(answer: HTTPResponse, url: str) -> bytes:
    try:
        return answer.read(CHUNK)
    except (OSError, HTTPException) as error:
        raise _silent(url, error) from None


def _silent(url: str, error: Exception) -> SourceSilent:
    reason = error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error
    told = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return SourceSilent(f"{url} cannot be reached ({told}): the same command goes on where it stopped")

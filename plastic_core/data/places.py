"""Where data sets lie on this machine: one folder each, in the user's cache."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from plastic_core.data.errors import DataMissing

OURS = "plastream"
"""Our folder in the user's cache."""


def cache_of(environment: Mapping[str, str]) -> Path:
    """The folder of all data sets: $XDG_CACHE_HOME/plastream, else ~/.cache/plastream.

    A path that is not absolute does not count, as the XDG base directory specification has it.

    >>> cache_of({"XDG_CACHE_HOME": "/big/cache"}).as_posix()
    '/big/cache/plastream'
    >>> cache_of({"XDG_CACHE_HOME": "cache", "HOME": "/home/ada"}).as_posix()
    '/home/ada/.cache/plastream'
    """
    chosen = Path(environment.get("XDG_CACHE_HOME", ""))
    if chosen.is_absolute():
        return chosen / OURS
    return Path(environment.get("HOME") or Path.home()) / ".cache" / OURS


def place_of(name: str, cache: Path | None = None) -> Path:
    """Where the data set lies once it is there. cache: folder of all data sets; None for the user's own."""
    return (cache_of(os.environ) if cache is None else cache) / name


def folder_of(name: str, cache: Path | None = None) -> Path:
    """The data set's folder, which holds something. Raises DataMissing. cache: see place_of."""
    folder = place_of(name, cache)
    if not holds_files(folder):
        raise DataMissing(f"no data of {name} in {folder}: run plastream data fetch {name}, or give --data DIR")
    return folder


def holds_files(folder: Path) -> bool:
    """Whether there is a whole file; half a download is none."""
    return folder.is_dir() and any(not _half(path.name) for path in folder.iterdir())


def _half(name: str) -> bool:
    return name.startswith(".") or name.endswith(PART)


PART = ".part"
"""How the names of half downloads end; what is being made has a name that begins with a dot."""

"""The official one-shot test of Omniglot: 20 runs, each 20 characters of one alphabet that is never trained on.

    all_runs.zip, or a folder of
    run01/class_labels.txt        20 lines: run01/test/item01.png run01/training/class07.png
    run01/training/class01.png    one drawing of each character
    run01/test/item01.png         another one of one of them

Every item is named on its own, as one of the 20; the error rate is over all 400 (Lake, Salakhutdinov and Tenenbaum
2015). The characters are of the evaluation set: what was trained on split characters has seen some of them.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import torch

from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.data.reading import member, opened
from plastic_core.tasks.omniglot.drawings import decoded
from plastic_core.tasks.omniglot.network import OneShot

RUNS, WAYS = 20, 20
LABELS, PACKED = "class_labels.txt", "all_runs.zip"
Reader = Callable[[str], bytes]
"""The bytes of a file by its path from the folder of all runs. Raises DataMissing, DataUnusable, OSError."""


class Run(NamedTuple):
    """One run; ink is 1, paper 0."""

    shown: torch.Tensor
    """float32[1, 20, S, S]: the characters, in the order of their names."""
    asked: torch.Tensor
    """float32[1, 20, S, S]: the items, in the order of their lines."""
    answers: torch.Tensor
    """int64[1, 20]: which of the characters each item is."""


def score(model: OneShot, place: Path) -> Mapping[str, float]:
    """Error rate, 0..1, of each run by name; their mean is the figure that is published.

    place: all_runs.zip, a folder that holds it, or the unpacked folder. Raises DataMissing, DataUnusable, OSError;
    ValueError for a model of other than 20 ways.
    """
    if model.ways != WAYS:
        raise ValueError(f"the official runs are {WAYS}-way, this model is {model.ways}-way: train it with ways={WAYS}")
    errors = dict[str, float]()
    for name, run in runs(place).items():
        labels = torch.arange(WAYS)[None]
        with torch.no_grad():
            named = model(run.shown, labels, run.asked).argmax(2)
        errors[name] = (named != run.answers).float().mean().item()
    return errors


def runs(place: Path) -> Mapping[str, Run]:
    """All 20 runs, by name. Raises DataMissing, DataUnusable, OSError."""
    names = [f"run{number:02}" for number in range(1, RUNS + 1)]
    packed = place / PACKED if place.is_dir() and not (place / names[0]).is_dir() else place
    if packed.is_dir():
        return {name: _run(name, lambda path: _read(place, path)) for name in names}
    if not packed.is_file():
        raise DataMissing(f"no run01 and no {PACKED} in {place}: give the folder with --runs DIR")
    with opened(packed) as archive:
        tops = {held: _top(held) for held in archive.namelist()}
        members = {path: held for held, path in tops.items() if path}
        return {name: _run(name, lambda path: _unzip(archive, members, path, packed)) for name in names}


def _top(held: str) -> str:
    """A member's path from the folder of all runs, which may itself be packed."""
    parts = held.split("/")
    starts = [place for place, part in enumerate(parts) if part[:3] == "run" and part[3:].isdecimal()]
    return "/".join(parts[starts[0] :]) if starts and "__MACOSX" not in parts else ""


def _read(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except FileNotFoundError:
        raise DataMissing(f"no {path} in {folder}: unpack {PACKED} again") from None


def _unzip(archive: zipfile.ZipFile, members: Mapping[str, str], path: str, packed: Path) -> bytes:
    if path not in members:
        raise DataMissing(f"no {path} in {packed}: take the official file")
    return member(archive, members[path], packed)


def _run(name: str, read: Reader) -> Run:
    pairs = _pairs(name, read(f"{name}/{LABELS}"))
    characters = sorted({character for _, character in pairs})
    if len(pairs) != WAYS or len(characters) != WAYS:
        raise DataUnusable(
            f"{name}/{LABELS} asks for {len(pairs)} items of {len(characters)} characters, not {WAYS} of {WAYS}"
        )
    answers = [characters.index(character) for _, character in pairs]
    shown, asked = _images(characters, read), _images([item for item, _ in pairs], read)
    return Run(shown, asked, torch.tensor([answers]))


def _pairs(name: str, content: bytes) -> list[tuple[str, str]]:
    """Item and character of each line."""
    pairs = list[tuple[str, str]]()
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        if [PurePosixPath(word).parent.as_posix() for word in words] != [f"{name}/test", f"{name}/training"]:
            raise DataUnusable(
                f"line {number} of {name}/{LABELS} is {line!r:.80}, not {name}/test/ITEM.png {name}/training/CLASS.png"
            )
        pairs.append((words[0], words[1]))
    return pairs


def _images(paths: list[str], read: Reader) -> torch.Tensor:
    pictures = np.stack([decoded(read(path), path) for path in paths])
    return torch.tensor(pictures.astype(np.float32) / 255)[None]

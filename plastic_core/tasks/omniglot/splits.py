"""Which characters are trained on, and which are held out: no drawing of a held-out class is ever trained on.

    small               background small 1; held out: the alphabets of background small 2 that small 1 does not have
    small_characters    characters of both small sets, parted at random
    full                the background set; held out: the evaluation set, alphabets never seen
    characters          characters of both large sets, parted at random: 1,200 of 1,623 are trained on

Splits by character are easier than those by alphabet: a held-out character's alphabet has been seen. Each character
turned by 0, 90, 180 and 270 degrees is four classes, on either side.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np

from plastic_core.data.errors import DataUnusable
from plastic_core.tasks.omniglot.drawings import Character, characters

SplitName = Literal["small", "small_characters", "full", "characters"]
SPLITS: tuple[str, ...] = get_args(SplitName)
SMALL = ("images_background_small1", "images_background_small2")
FULL = ("images_background", "images_evaluation")

TRAINING_SHARE = 1200 / 1623
"""Of the characters, where they are parted at random."""
SHUFFLE = 20
"""Seed of that parting: the same one for every run."""


class Parts(NamedTuple):
    """Characters on either side; none is on both."""

    training: tuple[Character, ...]
    held_out: tuple[Character, ...]


@cache
def parts(folder: Path, split: SplitName) -> Parts:
    """The characters of a folder, parted. Raises DataMissing, DataUnusable, OSError."""
    first, second = (characters(folder, name) for name in (SMALL if split.startswith("small") else FULL))
    alphabets = {character.alphabet for character in first}
    # small 2 repeats two alphabets of small 1, drawing by drawing
    new = tuple(character for character in second if character.alphabet not in alphabets)
    if not new:
        raise DataUnusable(f"both sets of split {split} in {folder} hold the same alphabets: take the official files")
    return _shuffled(first + new) if split.endswith("characters") else Parts(first, new)


def _shuffled(everything: tuple[Character, ...]) -> Parts:
    order = np.random.Generator(np.random.PCG64(SHUFFLE)).permutation(len(everything))
    count = round(TRAINING_SHARE * len(everything))
    mixed = [everything[int(place)] for place in order]
    return Parts(tuple(mixed[:count]), tuple(mixed[count:]))

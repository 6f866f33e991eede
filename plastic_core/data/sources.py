"""The public data sets that experiments ask for: where each is published, its checksums, its licence.

Nothing of them comes with plastream. Omniglot's files are taken at one commit of its authors' repository; the sums of
the two small sets and of all_runs.zip are those of that commit's files, those of the two large ones are torchvision's.
CIFAR-10's belongs to the file whose md5, c32a1d4ab5d03f1284b67883e8d87530, stands on its author's page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from plastic_core.data import gray


class PublicFile(NamedTuple):
    """A file as it was published."""

    url: str
    checksum: str
    """sha256:HEX, or md5:HEX where no other is published."""
    size: int | None = None
    """Bytes, where that is known."""

    @property
    def name(self) -> str:
        """What the file is called here: the last part of its address."""
        return self.url.rpartition("/")[2]


class Made(NamedTuple):
    """A file that is made out of what was published; only it is kept."""

    name: str
    make: Callable[[Path, Path], None]
    """Folder of the published files, the file to be written. Raises DataUnusable, OSError."""
    sound: Callable[[Path], bool]
    """Whether a file is such a one."""


@dataclass(frozen=True)
class DataSet:
    """Files that belong together."""

    what: str
    licence: str
    files: tuple[PublicFile, ...]
    made: Made | None = None

    @property
    def kept(self) -> tuple[str, ...]:
        """Names of the files that lie in the folder in the end."""
        return (self.made.name,) if self.made else tuple(file.name for file in self.files)


_OMNIGLOT = "https://raw.githubusercontent.com/brendenlake/omniglot/057f034baf2ecb8530bc5710e5a23584d2a519cc/python"

CATALOGUE: Mapping[str, DataSet] = MappingProxyType(
    {
        "images": DataSet(
            what="CIFAR-10 in gray: 60,000 small photographs, 32 x 32",
            licence="free for research, no licence stated; Krizhevsky 2009",
            files=(
                PublicFile(
                    "https://www.cs.toronto.edu/~kriz/" + gray.ARCHIVE,
                    "sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                    170_052_171,
                ),
            ),
            made=Made(gray.GRAY, gray.make, gray.sound),
        ),
        "omniglot": DataSet(
            what="1,623 hand-written characters of 50 alphabets, 20 drawings each, 105 x 105",
            licence="MIT; Lake, Salakhutdinov and Tenenbaum 2015",
            files=(
                PublicFile(f"{_OMNIGLOT}/images_background.zip", "md5:68d2efa1b9178cc56df9314c21c6e718"),
                PublicFile(f"{_OMNIGLOT}/images_evaluation.zip", "md5:6b91aef0f799c5bb55b94e3f2daec811"),
                PublicFile(
                    f"{_OMNIGLOT}/images_background_small1.zip",
                    "sha256:f38eb80f801274ac2b4dff5b24289016bfaba4a7d5bb50deebf27104ad6cb8a4",
                    1_319_022,
                ),
                PublicFile(
                    f"{_OMNIGLOT}/images_background_small2.zip",
                    "sha256:3ccaa407515a8778e5d0861875af38b17e418f301ad5bb3b5a6b65d901a41c7f",
                    1_580_917,
                ),
                PublicFile(
                    f"{_OMNIGLOT}/one-shot-classification/all_runs.zip",
                    "sha256:437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325",
                    352_787,
                ),
            ),
        ),
    }
)
"""Name -> data set."""

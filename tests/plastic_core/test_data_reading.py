"""What damaged and hostile files become: one line, whatever the libraries that read them raise."""

from __future__ import annotations

import errno
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from plastic_core.data import gray
from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.data.reading import LARGEST, readable
from plastic_core.tasks.images.pictures import load
from plastic_core.tasks.omniglot.drawings import characters
from tests.plastic_core.test_tasks_omniglot import marked

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 32, 32)).astype(np.uint8)


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def harmed(whole: bytes, chance: np.random.Generator) -> bytes:
    """A few bytes changed, taken out, or all from some place on."""
    data = bytearray(whole)
    for _ in range(int(chance.integers(1, 4))):
        place = int(chance.integers(len(data)))
        match int(chance.integers(4)):
            case 0:
                del data[max(place, 1) :]
            case 1 if len(data) > 9:
                del data[place : place + 8]
            case _:
                data[place] = int(chance.integers(256))
    return bytes(data)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_zip_of_drawings_is_unusable(compression: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(compression)
    whole = zipped({f"s/Latin/c1/{n}\u00e9.png": marked("Latin", 0, n) for n in range(2)}, compression)
    for number in range(60):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}" / "s.zip").write_bytes(harmed(whole, chance))
        try:
            characters(tmp_path / f"{number}", "s")
        except DataUnusable as error:
            assert "\n" not in str(error)  # noqa: PT017  what is left whole is no error


@pytest.mark.parametrize("name", [".", "/", "s", "s/a.png", "../../s/Latin/c1/1.png"])
def test_a_member_of_an_odd_name_is_no_drawing(name: str, tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_bytes(zipped({name: marked("Latin", 0, 0)}))
    with pytest.raises(DataUnusable, match="take the official file"):
        characters(tmp_path, "s")


def test_a_drawing_that_would_fill_the_memory_is_not_unpacked(tmp_path: Path) -> None:
    (tmp_path / "s.zip").write_bytes(zipped({"s/Latin/c1/1.png": bytes(LARGEST + 1)}))
    with pytest.raises(DataUnusable, match="holds over 1,048,576 bytes: take the official file"):
        characters(tmp_path, "s")


def test_a_damaged_file_of_pictures_is_unusable(tmp_path: Path) -> None:
    chance, path, file = np.random.default_rng(0), tmp_path / gray.GRAY, io.BytesIO()
    np.savez_compressed(file, images=IMAGES)
    for _ in range(200):
        path.write_bytes(harmed(file.getvalue(), chance))
        gray.sound(path)
        try:
            load(str(tmp_path))
        except DataUnusable as error:
            assert "\n" not in str(error)  # noqa: PT017  what is left whole is no error


@pytest.mark.parametrize("head", [b"{'descr': '|u1', 'shape': (", b"{" * 60, b"['|u1'", b"01"])
def test_an_array_of_a_hostile_head_is_unusable(head: bytes, tmp_path: Path) -> None:
    start = b"\x93NUMPY\x01\x00v\x00"
    (tmp_path / gray.GRAY).write_bytes(zipped({"images.npy": start + head.ljust(117) + b"\n" + IMAGES.tobytes()}))
    with pytest.raises(DataUnusable, match=r"is no \.npz with an array 'images' .*: run plastream data fetch"):
        load(str(tmp_path))


def test_what_is_an_array_but_no_npz_and_what_is_in_it_but_no_array(tmp_path: Path) -> None:
    with (tmp_path / gray.GRAY).open("wb") as file:
        np.save(file, IMAGES)
    with pytest.raises(DataUnusable, match=r"is no \.npz"):
        load(str(tmp_path))
    (tmp_path / gray.GRAY).write_bytes(zipped({"images.npy": b"text", "held_out.npy": b"text"}))
    with pytest.raises(DataUnusable, match=r"\(no array\)"):
        load(str(tmp_path))
    assert not gray.sound(tmp_path / gray.GRAY)


def test_errors_of_the_system_and_our_own_pass() -> None:
    for error in (OSError(errno.EIO, "a disk that fails"), DataMissing("there are none")):
        with pytest.raises(type(error), match=str(error)[-5:]), readable("it", "look at it"):
            raise error

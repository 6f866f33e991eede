"""A snapshot is whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core import folders
from service import snapshots
from service.snapshots import MANIFEST, TENSORS, Snapshot, SnapshotBroken


def example(offset: int = 7) -> Snapshot:
    tensors = {"memory.hidden": np.arange(12, dtype=np.float32).reshape(3, 4), "encoders.0": np.ones((2, 5), np.uint8)}
    return Snapshot(offset, {"weights": "abc", "streams": [{"name": "a"}]}, tensors)


def test_round_trip(tmp_path: Path) -> None:
    path = snapshots.write(tmp_path, example())
    found = snapshots.read(path)
    assert found.offset == 7
    assert found.card == example().card
    assert {name: array.tolist() for name, array in found.tensors.items()} == {
        name: array.tolist() for name, array in example().tensors.items()
    }


def test_no_rows_at_all_can_be_saved(tmp_path: Path) -> None:
    empty = Snapshot(0, {}, {"memory.hidden": np.zeros((0, 4), np.float32)})
    assert snapshots.read(snapshots.write(tmp_path, empty)).tensors["memory.hidden"].shape == (0, 4)


def test_newest_whole_one_is_used(tmp_path: Path) -> None:
    for offset in (5, 10, 100):
        snapshots.write(tmp_path, example(offset))
    (tmp_path / f"{100:020d}" / TENSORS).write_bytes(b"cut")
    found, broken = snapshots.newest(tmp_path)
    assert found is not None
    assert found.offset == 10
    assert len(broken) == 1
    assert "not as it was written" in broken[0]


def test_half_written_ones_are_not_seen(tmp_path: Path) -> None:
    draft = tmp_path / ".draft-abc"
    draft.mkdir()
    (draft / TENSORS).write_bytes(b"half")
    assert snapshots.newest(tmp_path) == (None, [])


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = snapshots.write(tmp_path_factory.mktemp("flip"), example())
    name = data.draw(st.sampled_from([TENSORS, MANIFEST]))
    content = bytearray((path / name).read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    (path / name).write_bytes(bytes(content))
    with pytest.raises(SnapshotBroken):
        snapshots.read(path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    path = snapshots.write(tmp_path, example())
    manifest = path / MANIFEST
    manifest.write_text(manifest.read_text().replace(f'"format": {snapshots.FORMAT}', '"format": 99'))
    with pytest.raises(SnapshotBroken, match="format 99"):
        snapshots.read(path)


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for offset in range(6):
        snapshots.write(tmp_path, example(offset))
    snapshots.retain(tmp_path, 2)
    assert [int(path.name) for path in folders.stored(tmp_path)] == [4, 5]


def test_a_folder_that_cannot_be_written_raises_and_leaves_nothing(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    with pytest.raises(OSError, match="file"):
        snapshots.write(blocker / "snapshots", example())

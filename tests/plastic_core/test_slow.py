"""Slow weights: drawing, hashing, keeping."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_bytes

from plastic_core.slow import FORMAT, SlowWeights, drawn, load, save


def test_drawing_is_repeatable_and_hangs_on_every_argument() -> None:
    assert drawn(9, 4, 0).version == drawn(9, 4, 0).version
    versions = {drawn(*arguments).version for arguments in [(9, 4, 0), (9, 4, 1), (8, 4, 0), (9, 5, 0)]}
    assert len(versions) == 4


def test_the_version_of_the_default_weights_is_known() -> None:
    """Memories in snapshots name it: a change here makes them unreadable and must be meant."""
    assert drawn(128, 64, 0).version == "76222bcf223f9c4ffbefc506230cb98c"


def test_weights_come_back_with_their_card(tmp_path: Path) -> None:
    path, slow = tmp_path / "slow.safetensors", drawn(9, 4, 0)
    save(slow, path, {"made": "by a test", "seed": 0})
    back, card = load(path)
    assert back.version == slow.version
    assert card == {"made": "by a test", "seed": 0}


def test_arrays_cannot_be_written() -> None:
    slow = drawn(3, 2, 0)
    for values in slow.arrays().values():
        with pytest.raises(ValueError, match="read-only"):
            values[...] = 0


def test_cut_changed_and_foreign_files_are_refused(tmp_path: Path) -> None:
    path, slow = tmp_path / "slow.safetensors", drawn(9, 4, 0)
    save(slow, path, {})
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(ValueError, match="not a whole"):
        load(path)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(ValueError, match="do not match their version"):
        load(path)
    path.write_bytes(safetensors_bytes({"other": np.zeros(3, np.float32)}, metadata={"format": FORMAT}))
    with pytest.raises(ValueError, match="not a file of slow weights"):
        load(path)
    path.write_bytes(b"not at all")
    with pytest.raises(ValueError, match="not a whole"):
        load(path)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent")


@pytest.mark.parametrize("name", ["input", "recurrent", "alpha", "eta", "bias"])
def test_misshapen_and_poisoned_weights_are_refused(name: str) -> None:
    arrays = drawn(5, 3, 0).arrays()
    with pytest.raises(ValueError, match="slow weights"):
        SlowWeights(**arrays | {name: np.full_like(arrays[name], np.nan)})
    with pytest.raises(ValueError, match="slow weights"):
        SlowWeights(**arrays | {name: arrays[name].astype(np.float64)})
    with pytest.raises(ValueError, match="slow weights"):
        SlowWeights(**arrays | {name: arrays[name][..., None]})

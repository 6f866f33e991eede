"""What is special about images: where pictures come from, what an episode is, its figures, and that it is learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.data.gray import GRAY
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.images.figures import correlation, squared_error
from plastic_core.tasks.images.pictures import blobs, gallery, load, normalised, reduced
from plastic_core.tasks.images.task import Images
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import trained
from tests.plastic_core.quick_run import learned

PLAIN = TRACINGS["plain"]
TRAINING, HELD_OUT = Source(1), Source(1, Split.HELD_OUT)


def bytes_of(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    drawn = blobs(np.random.default_rng(0), count, 32)
    return (127 * (normalised(drawn) + 1)).round().astype(np.uint8).reshape(count, 32, 32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("pictures")
    np.savez_compressed(path / GRAY, images=bytes_of(60))
    return str(path)


def arm(name: str, **settings: Any) -> Images:
    return Images(**{**settings, **Images.arms[name].task})


def small(name: str = "plastic", **settings: Any) -> Images:
    return arm(name, source="blobs", pixels=4, **settings)


def size(model: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in trained(model).values())


def test_the_published_sizes() -> None:
    assert size(Images().model(0)) == 2_101_251
    assert size(arm("lstm").model(0)) == pytest.approx(2_101_251, rel=0.003)
    assert size(arm("shared_alpha").model(0)) == 1025**2 + 2
    assert size(arm("rnn").model(0)) == 1025**2


def test_the_last_tenth_of_the_file_is_held_out(folder: str) -> None:
    pictures = load(folder)
    assert pictures.training.shape == (54, 32, 32)
    assert pictures.held_out.shape == (6, 32, 32)
    assert (np.concatenate(pictures) == bytes_of(60)).all()


def test_training_and_held_out_episodes_show_their_own_pictures(folder: str) -> None:
    task, here = Images(folder=folder, pixels=8), gallery(folder, 8)
    assert gallery(folder, 8) is here, "read once"
    for source, among in ((TRAINING, here.training), (HELD_OUT, here.held_out)):
        batch = task.episodes(source, range(10))
        found = {image.tobytes() for image in batch.images.numpy().reshape(-1, 64)}
        assert found <= {image.tobytes() for image in among}
        assert all(len({image.tobytes() for image in images}) == 3 for images in batch.images.numpy())
    np.testing.assert_allclose(batch.mean.numpy(), here.training.mean(0))


def test_the_mean_image_knows_nothing_of_what_is_held_out(folder: str) -> None:
    pictures, bytes_there = gallery(folder, 8), load(folder)
    assert (pictures.mean == normalised(reduced(bytes_there.training, 8)).mean(0)).all()
    everything = normalised(reduced(np.concatenate(bytes_there), 8)).mean(0)
    assert np.abs(pictures.mean - everything).max() > 1e-3


def test_pictures_have_zero_mean_and_fill_their_range(folder: str) -> None:
    images = gallery(folder, 16).training
    np.testing.assert_allclose(images.mean(1), 0, atol=1e-6)
    np.testing.assert_allclose(np.abs(images).max(1), 1)
    assert (normalised(np.full((1, 4), 7, np.float32)) == 0).all()


def test_reduced_pictures_are_means_of_blocks() -> None:
    image = np.zeros((1, 32, 32), np.uint8)
    image[0, 16:24, 8:16] = 100
    image[0, 0, 0] = 64
    wanted = np.zeros((4, 4))
    wanted[2, 1], wanted[0, 0] = 100, 1
    assert (reduced(image, 4).reshape(4, 4) == wanted).all()
    assert (reduced(image, 32).reshape(32, 32) == image[0]).all()


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"pictures": np.zeros((20, 32, 32), np.uint8)}, "no .npz with an array 'images'"),
        ({"images": np.zeros((20, 32, 32), np.float32)}, r"float32\[20, 32, 32\], not uint8\[n, 32, 32\]"),
        ({"images": np.zeros((20, 28, 28), np.uint8)}, r"\[20, 28, 28\], not uint8"),
        ({"images": np.zeros((9, 32, 32), np.uint8)}, "holds 9 images: at least 10"),
        ({"images": np.zeros((0, 32, 32), np.uint8)}, "holds 0 images"),
    ],
)
def test_files_of_something_else_are_refused(arrays: dict[str, Any], message: str, tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / GRAY, **arrays)
    with pytest.raises(DataUnusable, match=message):
        load(str(tmp_path))


def test_a_torn_file_is_refused_and_a_missing_one_says_what_to_do(folder: str, tmp_path: Path) -> None:
    whole = (Path(folder) / GRAY).read_bytes()
    for part in (whole[:-100], b"", b"<html>"):
        (tmp_path / GRAY).write_bytes(part)
        with pytest.raises(DataUnusable, match=r"is no \.npz"):
            load(str(tmp_path))
    with pytest.raises(DataMissing, match="--data DIR, or run plastream data fetch images"):
        Images(folder=str(tmp_path / "nowhere")).episodes(TRAINING, [0])


def test_without_a_folder_the_user_s_own_is_asked(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataMissing, match="plastream data fetch images"):
        Images(pixels=8).episodes(TRAINING, [0])
    (tmp_path / "plastream").mkdir()
    (tmp_path / "plastream" / "images").symlink_to(folder)
    here, there = (Images(folder=place, pixels=8).episodes(TRAINING, [0]).images for place in ("", folder))
    torch.testing.assert_close(here, there)


def test_what_happens_in_an_episode() -> None:
    task = small(images=3, cycles=2, shown=5, blank=2, test=3)
    batch = task.episodes(HELD_OUT, range(8))
    lived = task.phases(batch)
    assert [phase.ticks for phase in lived] == [5, 2] * 6 + [3]
    assert all((phase.given[:, -1] == 1).all() and phase.clamped[:, -1].all() for phase in lived)
    for cycle in (lived[:6], lived[6:12]):
        shown = torch.stack([phase.given[:, :-1] for phase in cycle[::2]], 1)
        torch.testing.assert_close(shown.sort(1).values, batch.images.sort(1).values)
        assert all(phase.clamped.all() for phase in cycle[::2])
        assert not any(phase.clamped[:, :-1].any() for phase in cycle[1::2])
    last = lived[-1]
    assert (last.clamped[:, :-1] == ~batch.missing).all()
    top = batch.missing.reshape(8, 4, 4)
    assert all(half[:2].all() != half[2:].all() and half.sum() == 8 for half in top)
    assert len({bool(half[0, 0]) for half in top}) == 2, "both halves come up"
    assert (last.given[:, :-1] == batch.truth).all()


def test_the_half_that_is_told_is_right_by_itself() -> None:
    task = small()
    batch = task.episodes(HELD_OUT, range(3))
    answer = task.answer(task.model(0), batch, PLAIN)
    assert ((answer == batch.truth) | batch.missing).all()
    torch.testing.assert_close(
        task.loss(task.model(0), batch, PLAIN), ((answer - batch.truth) ** 2).sum(1) / batch.missing.sum(1)
    )


def test_no_arm_is_told_the_missing_half() -> None:
    for name in Images.arms:
        task = small(name, images=1, cycles=1, shown=1)
        batch = task.episodes(HELD_OUT, range(4))
        told = batch._replace(images=torch.where(batch.missing[:, None], 0.5, batch.images))
        phases, others = task.phases(batch)[-1], task.phases(told)[-1]
        model, given = cast("Any", task.model(0)), torch.where(phases.clamped, phases.given, 0)
        assert (given == torch.where(others.clamped, others.given, 0)).all()
        if name in ("rnn", "lstm"):
            continue
        assert not torch.equal(task.answer(model, batch, PLAIN), task.answer(model, told, PLAIN)), "it remembers"


def test_without_plasticity_what_was_shown_is_gone() -> None:
    task = small("rnn")
    batch = task.episodes(HELD_OUT, range(4))
    other = batch._replace(images=torch.where(batch.missing[:, None], 0.5, batch.images))
    model = task.model(0)
    one, two = (task.answer(model, given, PLAIN).where(batch.missing, torch.zeros(())) for given in (batch, other))
    apart = (one - two).abs().max()  # the activity before the test is all that is left of what was shown last
    assert apart < 0.2


def test_figures_of_given_answers() -> None:
    truth = torch.tensor([[1.0, -1.0, 0.5, 0.0]])
    half = torch.tensor([[True, True, False, False]])
    assert squared_error(truth + 2, truth, half).item() == 4
    assert squared_error(torch.zeros(1, 4), truth, half).item() == 1
    assert correlation(3 * truth + 5, truth, half).item() == pytest.approx(1)
    assert correlation(-truth, truth, half).item() == pytest.approx(-1)
    assert correlation(torch.ones(1, 4), truth, half).item() == 0


def test_trivial_answers_are_measured_in_the_same_episodes(folder: str) -> None:
    task = Images(folder=folder, pixels=8)
    batch = task.episodes(HELD_OUT, range(5))
    told = task.evaluate(task.model(0), batch, PLAIN)
    assert set(told) == {metric.name for metric in task.metrics}
    assert (told["nearest_error"] == 0).all()
    torch.testing.assert_close(told["nearest_correlation"], torch.ones(5))
    half = batch.missing
    wanted = ((batch.mean - batch.truth)[half].reshape(5, -1) ** 2).mean(1)
    torch.testing.assert_close(told["mean_image_error"], wanted)
    for row in range(5):
        pair = torch.stack([batch.images[row].mean(0)[half[row]], batch.truth[row][half[row]]])
        torch.testing.assert_close(told["mean_shown_correlation"][row], torch.corrcoef(pair)[0, 1])


@pytest.mark.parametrize("name", Images.arms)
def test_an_exhibit_shows_whole_episodes(name: str) -> None:
    task = small(name)
    with torch.no_grad():
        pictures = task.exhibit(task.model(0), HELD_OUT, PLAIN)
    assert pictures.columns == ("shown 1", "shown 2", "shown 3", "came back", "answer", "truth")
    back, answer, truth = (pictures.images[:, column] for column in (3, 4, 5))
    assert (np.isnan(back).sum((1, 2)) == 8).all()
    assert (answer[~np.isnan(back)] == truth[~np.isnan(back)]).all()
    assert ((pictures.images[:, :3] == truth[:, None]).all((2, 3)).sum(1) == 1).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"images": 0}, "images is at least 1"),
        ({"blank": -1}, "blank is at least 0"),
        ({"pixels": 12}, "divides 32: not 12"),
        ({"pixels": 5, "source": "blobs"}, "pixels is even"),
        ({"source": "mnist"}, "source is cifar or blobs"),
        ({"cell": "gru"}, "cell is recurrent or lstm"),
        ({"rule": "oja"}, "hebb, none, not 'oja'"),
        ({"eta": 2.0}, "eta_start"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Images(**wrong)


def test_more_pictures_than_are_held_out_are_refused(folder: str) -> None:
    with pytest.raises(ValueError, match="images is at most 6"):
        Images(folder=folder, pixels=8, images=7).episodes(HELD_OUT, [0])


@pytest.mark.slow
def test_the_quick_version_remembers_where_it_is_plastic(tmp_path: Path) -> None:
    plastic, still = (learned("images", name, tmp_path / name) for name in ("plastic", "rnn"))
    assert plastic["squared_error"] < 0.75 * still["squared_error"]  # measured 0.035 and 0.059
    assert plastic["squared_error"] < 0.6 * plastic["mean_shown_error"]  # 0.076
    assert plastic["correlation"] > 0.7 > still["correlation"] + 0.05  # 0.79 and 0.56

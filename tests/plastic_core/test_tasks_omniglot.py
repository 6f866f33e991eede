"""Omniglot: the closed form, who is trained on, the official files, and that it learns."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from plastic_core.cells.connections import ConnectionsConfig
from plastic_core.data.errors import DataMissing, DataUnusable
from plastic_core.tasks.contract import Preset, Source, Split
from plastic_core.tasks.omniglot.drawings import SIDE, characters, decoded
from plastic_core.tasks.omniglot.network import OneShot
from plastic_core.tasks.omniglot.splits import SplitName, parts
from plastic_core.tasks.omniglot.strokes import glyphs
from plastic_core.tasks.omniglot.task import Omniglot, bent
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.train.learner import Learner, Plan, Progress
from plastic_core.train.loop import step
from plastic_core.train.settings import TrainSettings
from plastic_core.train.team import Alone

SOURCE = Source(5)
SHARED = "Greek"
ALPHABETS = {
    "images_background_small1": ("Balinese", SHARED),
    "images_background_small2": (SHARED, "Tagalog", "Sanskrit"),
    "images_background": ("Braille", "Latin"),
    "images_evaluation": ("Angelic", "Keble"),
}
DRAWN = {alphabet: number for number, alphabet in enumerate(sorted({a for some in ALPHABETS.values() for a in some}))}
"""How many pixels of each drawing's corner are ink beyond the first, so that a drawing tells its alphabet."""


def png(pixels: np.ndarray) -> bytes:
    """Ink where true, black on white, one bit a pixel, as the official files are."""
    file = io.BytesIO()
    Image.fromarray(~pixels).convert("1").save(file, "PNG")
    return file.getvalue()


def marked(alphabet: str, character: int, drawing: int) -> bytes:
    """A drawing whose ink, in blocks of 15 x 15, counts its alphabet."""
    pixels = np.zeros((105, 105), np.bool_)
    for block in range(DRAWN[alphabet] + 1):
        row, column = divmod(block, 3)
        pixels[15 * row : 15 * row + 15, 15 * column : 15 * column + 15] = True
    pixels[60 + 4 * character, 60 + 4 * drawing] = True
    return png(pixels)


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All four sets as zips: 4 characters an alphabet, 3 drawings a character."""
    folder = tmp_path_factory.mktemp("omniglot")
    for name, alphabets in ALPHABETS.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as archive:
            for alphabet in alphabets:
                archive.writestr(f"{name}/{alphabet}/.DS_Store", b"?")
                for character in range(1, 5):
                    for drawing in range(1, 4):
                        path = f"{name}/{alphabet}/character{character:02}/0{character}_{drawing:02}.png"
                        archive.writestr(path, marked(alphabet, character, drawing))
    return folder


def alphabets_seen(images: torch.Tensor) -> set[str]:
    """Whose drawings these are, by their ink."""
    blocks = (images.flatten(0, -3).sum((1, 2)) * (105 / SIDE) ** 2 / 225).round().int() - 1
    names = {number: alphabet for alphabet, number in DRAWN.items()}
    return {names[number] for number in blocks.tolist()}


@pytest.mark.parametrize("rule", ["oja", "hebb", "none"])
@pytest.mark.parametrize("shots", [1, 3])
@pytest.mark.parametrize("alpha", ["synapse", "neuron", "scalar"])
def test_the_closed_form_is_the_plastic_readout_told_tick_by_tick(rule: str, shots: int, alpha: str) -> None:
    connections = ConnectionsConfig(rule=rule, alpha=alpha, eta_start=0.4, alpha_gain=5.0)  # type: ignore[arg-type]
    model = OneShot(4, 8, connections, seed=3)
    batch = Omniglot(ways=4, shots=shots, queries=2, source="strokes").episodes(SOURCE, range(3))
    order = torch.randperm(4 * shots, generator=torch.Generator().manual_seed(1))
    shown, labels = batch.shown[:, order], batch.labels[:, order]
    logits = model(shown, labels, batch.asked)

    features = model.embedding(shown).transpose(0, 1)
    told = functional.one_hot(labels, 4).float().transpose(0, 1)
    for place in range(batch.asked.shape[1]):
        _, state = model.readout(features, model.readout.begin(3, TRACINGS["plain"]), told)
        answer, _ = model.readout(model.embedding(batch.asked[:, place])[None], state)
        torch.testing.assert_close(torch.softmax(logits[:, place], 1), answer[0])


def test_gradients_of_the_closed_form_are_those_of_the_readout() -> None:
    model = OneShot(3, 8, ConnectionsConfig(rule="oja", eta_start=0.4, alpha_gain=5.0), seed=3)
    batch = Omniglot(ways=3, shots=2, source="strokes").episodes(SOURCE, range(2))
    weights = [weight for weight in model.parameters() if weight.requires_grad]

    def gradients(answers: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return torch.autograd.grad(-torch.log(answers.gather(1, batch.answers[:, :1])).sum(), weights)

    closed = gradients(torch.softmax(model(batch.shown, batch.labels, batch.asked[:, :1]), 2)[:, 0])
    told = functional.one_hot(batch.labels, 3).float().transpose(0, 1)
    _, state = model.readout(model.embedding(batch.shown).transpose(0, 1), None, told)
    ticked = gradients(model.readout(model.embedding(batch.asked[:, 0])[None], state)[0][0])
    for one, other in zip(closed, ticked, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


def test_the_published_size_and_what_plasticity_adds() -> None:
    def size(task: Omniglot) -> int:
        return sum(weight.numel() for weight in task.model(0).parameters() if weight.requires_grad)

    assert size(Omniglot()) == 112_065
    assert size(Omniglot()) - size(Omniglot(rule="none")) == 321
    assert size(Omniglot(ways=20)) - size(Omniglot(ways=20, rule="none")) == 20 * 64 + 1


def test_asking_for_one_is_no_help_for_another() -> None:
    task = Omniglot(source="strokes", channels=8)
    model, batch = task.model(0), task.episodes(SOURCE, [0])
    alone = model(batch.shown, batch.labels, batch.asked[:, :1])
    torch.testing.assert_close(model(batch.shown, batch.labels, batch.asked)[:, :1], alone)


@pytest.mark.parametrize(
    ("split", "training", "held_out"),
    [
        ("small", {"Balinese", SHARED}, {"Tagalog", "Sanskrit"}),
        ("full", {"Braille", "Latin"}, {"Angelic", "Keble"}),
    ],
)
def test_no_alphabet_of_the_evaluation_is_trained_on(
    official: Path, split: SplitName, training: set[str], held_out: set[str]
) -> None:
    task = Omniglot(split=split, folder=str(official), jitter=0.0, ways=4)
    for side, expected in ((Split.TRAINING, training), (Split.HELD_OUT, held_out)):
        batch = task.episodes(Source(0, side), range(40))
        assert alphabets_seen(batch.shown) == alphabets_seen(batch.asked) == expected
    assert {character.alphabet for character in task.parts().training}.isdisjoint(held_out)


@pytest.mark.parametrize(("split", "count"), [("small_characters", 16), ("characters", 16)])
def test_splits_by_character_share_none(official: Path, split: SplitName, count: int) -> None:
    training, held_out = ([part[:2] for part in some] for some in parts(official, split))
    assert len({*training, *held_out}) == len(training) + len(held_out) == count
    assert len(training) == 12  # as 1,200 are to 1,623


def test_an_episode_holds_different_characters_and_other_drawings_of_each(official: Path) -> None:
    task = Omniglot(split="small", folder=str(official), jitter=0.0, ways=5, shots=1, queries=2)
    batch = task.episodes(SOURCE, range(30))
    assert batch.shown.shape == (30, 5, SIDE, SIDE)
    assert batch.asked.shape == (30, 10, SIDE, SIDE)
    assert batch.labels.tolist() == 30 * [list(range(5))]
    assert batch.answers.tolist() == 30 * [2 * list(range(5))]
    for row in range(30):
        assert len(torch.cat([batch.shown[row], batch.asked[row]]).flatten(1).unique(dim=0)) == 15


def test_turned_characters_are_classes_of_their_own(official: Path) -> None:
    task = Omniglot(split="small", folder=str(official), jitter=0.0)
    shown = task.episodes(SOURCE, range(30)).shown.flatten(0, 1)
    corners = torch.stack([shown[:, row, column] > 0.5 for row in (1, -2) for column in (1, -2)], 1)
    assert corners.any(1).all()
    assert corners.any(0).all()


def test_only_training_drawings_are_bent(official: Path) -> None:
    straight = Omniglot(split="small", folder=str(official), jitter=0.0)
    crooked = dataclasses.replace(straight, jitter=0.1)
    held_out = Source(5, Split.HELD_OUT)
    assert torch.equal(straight.episodes(held_out, [3]).shown, crooked.episodes(held_out, [3]).shown)
    before, after = straight.episodes(SOURCE, [3]).shown, crooked.episodes(SOURCE, [3]).shown
    assert not torch.equal(before, after)
    assert float((before - after).abs().mean()) < float(before.mean())
    again = crooked.episodes(SOURCE, [1, 3]).shown
    torch.testing.assert_close(again[1], after[0])


def test_a_map_that_changes_nothing_changes_nothing() -> None:
    images = torch.rand(2, 3, SIDE, SIDE)
    torch.testing.assert_close(
        bent(images, np.broadcast_to(np.eye(2, 3, dtype=np.float32), (2, 3, 2, 3)).copy()), images
    )


def test_glyphs_are_drawn_with_ink_by_an_unsteady_hand() -> None:
    drawn = glyphs(SOURCE.generator(0), 6, 4, SIDE)
    assert drawn.shape == (6, 4, SIDE, SIDE)
    assert drawn.dtype == np.float32
    assert (drawn >= 0).all()
    assert (drawn <= 1).all()
    assert (drawn.mean((2, 3)) > 0.03).all()
    # two drawings of one glyph are nearer to each other than those of two glyphs, yet not the same
    within = ((drawn[:, 0] - drawn[:, 1]) ** 2).mean()
    between = ((drawn[:, 0] - np.roll(drawn[:, 1], 1, 0)) ** 2).mean()
    assert 0 < within < 0.8 * between


def test_unpacked_and_zipped_are_the_same(official: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(official / "images_background_small1.zip") as archive:
        archive.extractall(tmp_path)
    zipped, unpacked = (characters(folder, "images_background_small1") for folder in (official, tmp_path))
    assert [part[:2] for part in zipped] == [part[:2] for part in unpacked]
    assert all((one.drawings == other.drawings).all() for one, other in zip(zipped, unpacked, strict=True))


def test_ink_is_255() -> None:
    pixels = np.zeros((105, 105), np.bool_)
    pixels[:, :50] = True
    picture = decoded(png(pixels), "it")
    assert picture.shape == (SIDE, SIDE)
    assert picture[:, 0].tolist() == SIDE * [255]
    assert picture[:, -1].tolist() == SIDE * [0]


def test_missing_and_foreign_data_are_told_in_one_line(official: Path, tmp_path: Path) -> None:
    with pytest.raises(DataMissing, match=r"^no images_background\.zip in .*--data DIR.*data fetch omniglot$"):
        Omniglot(split="full", folder=str(tmp_path)).episodes(SOURCE, [0])
    (tmp_path / "images_background_small1.zip").write_bytes(b"PK")
    with pytest.raises(DataUnusable, match="no whole zip"):
        characters(tmp_path, "images_background_small1")
    whole = (official / "images_background_small2.zip").read_bytes()
    (tmp_path / "images_background_small2.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataUnusable, match="no whole zip"):
        characters(tmp_path, "images_background_small2")
    lone = tmp_path / "images_background" / "Latin" / "character01"
    lone.mkdir(parents=True)
    with pytest.raises(DataUnusable, match="no drawings"):
        characters(tmp_path, "images_background")
    (lone / "0001_01.png").write_bytes(b"GIF89a")
    with pytest.raises(DataUnusable, match=r"0001_01\.png of images_background in .* is no PNG"):
        characters(tmp_path, "images_background")
    (tmp_path / "images_evaluation").mkdir()
    (tmp_path / "images_evaluation" / "a.png").write_bytes(b"")
    with pytest.raises(DataUnusable, match="is not ALPHABET/CHARACTER"):
        characters(tmp_path, "images_evaluation")
    with pytest.raises(DataUnusable, match="too few for 5 ways of 4 drawings"):
        Omniglot(folder=str(official), queries=3).episodes(SOURCE, [0])
    with pytest.raises(DataUnusable, match="too few for 33 ways of 2 drawings"):
        Omniglot(folder=str(official), ways=33).episodes(SOURCE, [0])


def test_without_a_folder_the_users_own_place_is_asked(
    official: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(DataMissing, match="data fetch omniglot"):
        Omniglot().episodes(SOURCE, [0])
    (tmp_path / "plastream").mkdir()
    (tmp_path / "plastream" / "omniglot").symlink_to(official)
    there = Omniglot().episodes(SOURCE, [0])
    assert torch.equal(there.shown, Omniglot(folder=str(official)).episodes(SOURCE, [0]).shown)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ways": 1},
        {"shots": 0},
        {"queries": 0},
        {"channels": 0},
        {"source": "mnist"},
        {"split": "half"},
        {"jitter": -0.1},
        {"eta": 2.0},
        {"alpha": "low_rank"},
        {"alpha_gain": 0.0},
        {"rule": "clipped"},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Omniglot(**wrong)  # type: ignore[arg-type]


def test_a_rule_without_closed_form_is_refused() -> None:
    with pytest.raises(ValueError, match="rule is oja, hebb or none"):
        OneShot(5, 8, ConnectionsConfig(rule="clipped"), seed=0)


def test_an_exhibit_shows_what_was_picked() -> None:
    task = Omniglot(source="strokes", channels=8, ways=3)
    with torch.no_grad():
        shown = task.exhibit(task.model(0), SOURCE, TRACINGS["plain"])
    assert shown.columns == ("1", "2", "3", "asked", "picked: right", "picked: wrong")
    assert (np.abs(shown.images[:, :4]) <= 1).all()
    for row, (*letters, _, right, wrong) in enumerate(shown.images):
        blank, picked = (right, wrong) if np.isnan(right).all() else (wrong, right)
        (place,) = [place for place, drawn in enumerate(letters) if (drawn == picked).all()]
        assert np.isnan(blank).all()
        assert (picked is right) == (place == row % 3)


def learned(arm: Preset, seed: int) -> float:
    """Held-out accuracy after the quick version."""
    task = Omniglot(**{**Omniglot.full.task, **Omniglot.quick.task, **arm.task})
    settings = TrainSettings(**{**Omniglot.full.train, **Omniglot.quick.train, **arm.train, "seed": seed})
    plan = Plan("omniglot", task, settings)
    learner, progress = Learner.new(plan), Progress()
    for _ in range(settings.steps):
        taken = step(plan, learner, progress, TRACINGS[settings.tracing], Alone())
        progress = progress.after(taken, settings.batch, 0.0)
    return held_out(task, learner.model)


def held_out(task: Omniglot, model: torch.nn.Module, numbers: Sequence[int] = range(200)) -> float:
    with torch.no_grad():
        batch = task.episodes(Source(1, Split.HELD_OUT), numbers)
        return task.evaluate(model, batch, TRACINGS["plain"])["accuracy"].mean().item()  # type: ignore[arg-type]


@pytest.mark.slow
def test_quick_learns_what_a_fixed_network_cannot() -> None:
    torch.set_num_threads(1)
    plastic, fixed = (learned(Omniglot.arms[name], seed=0) for name in ("plastic", "fixed"))
    # 1,000 answers: guessing gives 0.2 +- 0.013
    assert fixed < 0.27
    assert plastic > 0.75

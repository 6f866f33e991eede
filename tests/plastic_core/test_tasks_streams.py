"""What is special about streams: families, the mixture, the episodic head, that the layer earns its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from plastic_core.episodes import EpisodeSettings
from plastic_core.tasks.contract import Source, Split
from plastic_core.tasks.streams.episodic import EpisodicHeads
from plastic_core.tasks.streams.families.catalogue import FAMILIES
from plastic_core.tasks.streams.families.memories import AFTER_RETURN, RECOGNISED
from plastic_core.tasks.streams.mixture import LARGEST_CODE, chosen, drawn, held
from plastic_core.tasks.streams.readout import lag_features, predicted, solved
from plastic_core.tasks.streams.task import StreamTask, gathered
from plastic_core.trace.catalogue import TRACINGS
from plastic_core.wave.reference_episodes import Recollection
from tests.plastic_core.quick_run import learned

PLAIN = TRACINGS["plain"]
HELD_OUT = Source(1, Split.HELD_OUT)


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("ticks", "channels"), [(300, 5), (61, 2), (90, 12)])
def test_a_family_is_a_function_of_its_generator_and_finite(family: str, ticks: int, channels: int) -> None:
    first, again = FAMILIES[family](generator(3), ticks, channels), FAMILIES[family](generator(3), ticks, channels)
    other = FAMILIES[family](generator(4), ticks, channels)
    assert first.truth.shape == first.asked.shape == (ticks, channels)
    assert first.truth.tobytes() == again.truth.tobytes()
    assert (first.asked == again.asked).all()
    assert not np.array_equal(first.truth, other.truth)
    assert np.isfinite(first.truth).all()
    assert first.read is None or np.isfinite(first.read).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_codes_are_unit_and_nothing_lies_outside_of_the_slots(family: str) -> None:
    for seed in range(5):
        stream = drawn(generator(seed), family, 200, 16, 6)
        others = np.setdiff1d(np.arange(16), stream.slots)
        for part in (stream.read, stream.truth, stream.sensed, stream.asked):
            assert part.shape == (200, 16)
            assert not part[:, others].any()
        own = stream.truth[:, stream.slots]
        assert own.dtype == stream.read.dtype == np.float32
        assert np.abs(own.mean(0)).max() < 0.3
        assert ((own.std(0) > 0.5) & (own.std(0) < 1.1) | (own.std(0) == 0)).all()
        assert max(np.abs(stream.read).max(), np.abs(own).max()) <= LARGEST_CODE
        assert 2 <= len(stream.slots) <= 6


def test_any_channel_lies_in_any_slot() -> None:
    first = [int(drawn(generator(seed), "cues", 60, 8, 4).slots[0]) for seed in range(100)]
    assert set(first) == set(range(8))


def test_the_mixture_has_every_family_and_no_other() -> None:
    source = generator()
    assert {chosen(source, "mixture") for _ in range(300)} == set(FAMILIES)
    assert chosen(source, "gaps") == "gaps"
    with pytest.raises(ValueError, match="no family"):
        chosen(source, "x")


def test_what_was_sensed_last_is_held() -> None:
    read = np.array([[1.0], [2.0], [3.0], [4.0]])
    sensed = np.array([[False], [True], [False], [True]])
    assert held(read, sensed).ravel().tolist() == [0.0, 2.0, 2.0, 4.0]


def test_families_ask_for_what_only_memory_can_tell() -> None:
    motif = FAMILIES["motifs"](generator(2), 400, 3)
    starts = np.flatnonzero(np.diff(motif.asked[:, 0].astype(int)) == 1) + 1
    assert len(starts) > 3
    loud = np.abs(motif.truth).mean(1)
    assert loud[motif.asked[:, 0]].mean() > 2 * loud[~motif.asked[:, 0]].mean()
    first = int(starts[0])
    shape = motif.truth[first - RECOGNISED : first + 2]
    distances = [np.abs(motif.truth[t : t + len(shape)] - shape).max() for t in range(first - RECOGNISED - 5)]
    assert min(distances) < 0.5  # it was there before
    regime = FAMILIES["regimes"](generator(2), 400, 3)
    asked = regime.asked[:, 0].astype(int)
    assert asked[:100].sum() == 0
    assert asked.sum() % AFTER_RETURN <= AFTER_RETURN
    assert asked.any()


@pytest.mark.parametrize("family", ["gaps", "faults"])
def test_what_is_broken_is_asked_for(family: str) -> None:
    stream = FAMILIES[family](generator(1), 300, 4)
    read = stream.truth if stream.read is None else stream.read
    wrong = ~stream.sensed if stream.sensed is not None else np.abs(read - stream.truth) > 1e-9
    assert 0.01 < wrong.mean() < 0.5
    assert (wrong <= stream.asked).all()


SETTINGS = EpisodeSettings(joint=((0.0, 0.2), (0.9, 0.1)), own=((0.0, 0.05), (0.5, 0.1)), length=64)


def heads(seed: int = 0) -> EpisodicHeads:
    return EpisodicHeads(SETTINGS, seed)


def everywhere(x: torch.Tensor) -> torch.Tensor:
    return torch.ones(x.shape, dtype=torch.bool)


def test_the_heads_are_those_of_the_core() -> None:
    """Held to the definition of the core's own head, with gaps and a channel that is not used."""
    draw = torch.Generator().manual_seed(0)
    x, sensed = torch.randn(14, 2, 3, generator=draw), torch.rand(14, 2, 3, generator=draw) < 0.7
    used = torch.tensor([[True, True, True], [True, True, False]])
    sensed[5, 0] = False
    x[:, 1, 2] = 0
    layer = heads()
    with torch.no_grad():
        found = layer(x, sensed, used).numpy()
    values, told = x.double().numpy(), sensed.numpy()
    for b, channels in ((0, 3), (1, 2)):
        definition = Recollection(channels, layer.learned())
        for t in range(14):
            now = values[t, b, :channels]
            recalled, moved = definition.recall(now, now, told[t, b, :channels])
            expected = np.concatenate([recalled - now[:, None], moved], 1)
            np.testing.assert_allclose(found[t, b, :channels], expected, atol=2e-5)
    assert not found[:, 1, 2].any()


def test_what_was_learned_fits_a_core() -> None:
    learned = heads(3).learned()
    assert [keep > 0 for keep, _ in (*learned.joint, *learned.own)] == [False, True, False, True]
    assert learned != SETTINGS
    assert learned.doubt == SETTINGS.doubt


def test_a_read_knows_nothing_of_what_comes_later() -> None:
    x, used = torch.randn(20, 1, 2, generator=torch.Generator().manual_seed(1)), torch.ones(1, 2, dtype=torch.bool)
    with torch.no_grad():
        before = heads()(x, everywhere(x), used)
        x[13:] += 5
        after = heads()(x, everywhere(x), used)
    torch.testing.assert_close(before[:13], after[:13], rtol=0, atol=1e-6)
    assert not torch.equal(before[13:], after[13:])


def test_one_look_is_enough_to_recall() -> None:
    """A random sequence comes twice; the second time its continuation is read, the first time it cannot be."""
    draw = torch.Generator().manual_seed(5)
    motif, gap = 2 * torch.randn(10, 4, generator=draw), torch.randn(30, 4, generator=draw) * 0.1
    x = torch.cat([gap[:10], motif, gap, motif])[:, None]
    with torch.no_grad():
        read = (heads()(x, everywhere(x), torch.ones(1, 4, dtype=torch.bool))[..., 0] + x)[:, 0]
    second = ((read[-8:-1] - motif[3:]) ** 2).mean()
    first = ((read[12:19] - motif[3:]) ** 2).mean()
    assert second < first / 5


def test_least_squares_in_context_find_an_autoregression() -> None:
    x = torch.zeros(80, 1, 2, dtype=torch.float64)
    x[:2] = torch.tensor([1.0, -0.5])
    for t in range(2, 80):
        x[t, 0, 0] = 1.8 * x[t - 1, 0, 0] - 0.9 * x[t - 2, 0, 0]
        x[t, 0, 1] = 0.5 * x[t - 1, 0, 0]
    features = lag_features(x, 2)
    assert features.shape == (80, 1, 2, 1 + 2 + 2)
    told = torch.ones(79, 1, 2, dtype=torch.bool)
    weights = solved(features[1:40], x[2:41], told[1:40], torch.full((5,), 1e-9).double())
    assert ((predicted(weights, features[40:-1]) - x[41:]) ** 2).max() < 1e-4


def small(**settings: Any) -> StreamTask:
    return StreamTask(**{"ticks": 96, "width": 16, "most": 4, "neurons": 12, "reads": 4, **settings})


def test_a_channel_reaches_the_network_through_its_slot() -> None:
    task = small(layer="recurrent")
    model, batch = task.model(0), task.episodes(HELD_OUT, range(3))
    stream = [drawn(HELD_OUT.generator(number), "mixture", 96, 16, 4) for number in range(3)]
    wide = torch.tensor(np.stack([part.read for part in stream], 1))
    body: Any = model.layer
    with torch.no_grad():
        expected = body.body(wide, body.body.begin(3, PLAIN))[0] @ body.read
        torch.testing.assert_close(body(batch, PLAIN)[:, :, 0], expected)


def test_shares_are_of_what_is_counted() -> None:
    """A layer that offers nothing has a share of one; one that offers the truth of the next tick has hardly any."""

    class Offers(torch.nn.Module):
        def __init__(self, size: float) -> None:
            super().__init__()
            self.size = size

        def forward(self, batch: Any, tracing: object) -> torch.Tensor:
            del tracing
            return self.size * torch.cat([batch.truth[1:], batch.truth[:1]])[..., None]

    task = small(family="motifs")
    batch = task.episodes(HELD_OUT, range(4))
    for size, least, most in ((0.0, 0.99, 1.01), (1.0, 0.0, 0.1)):
        model: Any = task.model(0)
        model.layer = Offers(size)
        with torch.no_grad():
            found = task.evaluate(model, batch, PLAIN)
        for name in ("share", "asked"):
            assert (found[name] >= least).all()
            assert (found[name] <= most).all()


def test_what_cannot_be_learned_is_not() -> None:
    """Control: with the ticks of the truth in a random order the same layer is worth nothing."""
    task = StreamTask(family="chaotic", ticks=100, most=3)
    model, batch = task.model(0), task.episodes(HELD_OUT, range(12))
    order = torch.randperm(100, generator=torch.Generator().manual_seed(0))
    shuffled = batch._replace(read=batch.read[order], truth=batch.truth[order])
    with torch.no_grad():
        sound = task.evaluate(model, batch, PLAIN)["share"].log().mean()
        broken = task.evaluate(model, shuffled, PLAIN)["share"].log().mean()
    assert sound < -0.3
    assert broken > -0.05


def test_an_exhibit_has_a_row_for_each_family() -> None:
    task = small()
    with torch.no_grad():
        shown = task.exhibit(task.model(0), HELD_OUT, PLAIN)
    assert shown.images.shape[:2] == (len(FAMILIES), 5)
    assert all(family in shown.title for family in FAMILIES)


def test_more_slots_than_there_are_is_refused() -> None:
    stream = drawn(generator(), "cues", 60, 8, 4)
    with pytest.raises(ValueError, match="slot"):
        gathered([stream], 4, int(stream.slots.max()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"family": "x"},
        {"most": 1},
        {"most": 65},
        {"ticks": 10},
        {"lags": 0},
        {"reads": 0},
        {"layer": "x"},
        {"rule": "x"},
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        StreamTask(**wrong)
    assert replace(StreamTask(), most=3).most == 3


@pytest.mark.slow
def test_the_quick_version_beats_its_control(tmp_path: Path) -> None:
    """One is what lags alone reach."""
    found, control = learned("streams", "episodic", tmp_path / "a"), learned("streams", "none", tmp_path / "b")
    assert found["asked"] < control["asked"]
    assert found["share"] < min(control["share"], 1)
    assert found["rank"] > 1

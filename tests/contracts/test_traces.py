"""Promises of Tracing, held for every way to keep traces and every rule: plain autograd's values and gradients."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import pytest
import torch

from plastic_core.cells.recurrent_tick import Keying, Modulation, RecurrentState, RecurrentWeights, tick
from plastic_core.rules import RULES, Drive
from plastic_core.trace.catalogue import GENERAL, TRACINGS
from plastic_core.trace.contract import Fast, Synapses, Tracing, Write
from plastic_core.trace.plain import PlainTrace

Tensor = torch.Tensor

tracings = pytest.mark.parametrize("tracing", list(TRACINGS))

LINEAR = ("none", "hebb", "oja", "delta")
"""Rules that only fade and add."""
KEPT = [(tracing, rule) for tracing in TRACINGS for rule in (RULES if tracing in GENERAL else LINEAR)]
rules = pytest.mark.parametrize(("tracing", "rule"), KEPT)


class Episode(NamedTuple):
    """Everything that an episode hangs on, as leaves."""

    rule: str
    leaves: dict[str, Tensor]
    write_bound: float = math.inf


def episode_of(
    rule: str,
    *,
    n: int = 5,
    b: int = 3,
    t: int = 11,
    alone: bool = True,
    own_rates: bool = True,
    modulated: bool = False,
    rate: float = 0.3,
    write_bound: float = math.inf,
    dtype: torch.dtype = torch.float64,
) -> Episode:
    """alone: alpha, leak and rate of one a synapse, else of one a neuron; own_rates: leak and rate too."""
    kind, d, draw = RULES[rule], 2, torch.Generator().manual_seed(n + t)
    size = (n, n) if alone else (1, n)

    def numbers(*shape: int, scale: float) -> Tensor:
        return scale * torch.randn(*shape, generator=draw, dtype=torch.float64)

    def shares(largest: float) -> Tensor:
        sizes = size if own_rates else (1, n)
        return torch.ones(1, n) if kind.keyed else largest * torch.rand(sizes, generator=draw, dtype=torch.float64)

    near = 1 / math.sqrt(n)
    leaves = {
        "fixed": numbers(n, n, scale=0.5 * near),
        "alpha": numbers(*size, scale=0.5 * near),
        "leak": shares(0.3),
        "rate": shares(rate),
        "input": numbers(d, n, scale=0.7),
        "bias": numbers(n, scale=0.3),
        "trace": numbers(b, n, n, scale=0.2).clamp(-0.5, 0.5),
        "hidden": numbers(b, n, scale=0.3),
        "inputs": numbers(t, b, d, scale=1),
        "signal": numbers(t, b, scale=0.7),
    }
    if kind.eligible:
        leaves["eligibility"] = numbers(b, n, n, scale=0.2)
    if kind.modulated or modulated:
        leaves |= {"m": numbers(n, scale=near), "m0": numbers(1, scale=1), "fan": numbers(n, scale=0.7)}
    if kind.keyed:
        leaves |= {"key": numbers(d + n, n, scale=near), "value": numbers(d + n, n, scale=near)}
        leaves |= {"gates": numbers(d + n, 2, scale=near), "gates_bias": numbers(2, scale=1)}
    return Episode(rule, {name: leaf.to(dtype).requires_grad_() for name, leaf in leaves.items()}, write_bound)


def kept_by(tracing: str, rule: str, **numbers: Any) -> Episode:
    """An episode whose traces this tracing keeps."""
    return episode_of(rule, **({"own_rates": tracing in GENERAL} | numbers))


def lived(tracing: Tracing, episode: Episode) -> list[Tensor]:
    """Activity of every tick and the traces at the end."""
    its = episode.leaves
    synapses = Synapses(RULES[episode.rule], its["fixed"], its["alpha"], its["leak"], its["rate"])
    slow = RecurrentWeights(
        its["input"],
        its["bias"],
        synapses,
        Modulation(its["m"], its["m0"], its["fan"]) if "m" in its else None,
        Keying(its["key"], its["value"], its["gates"], its["gates_bias"]) if "key" in its else None,
        episode.write_bound,
    )
    state = RecurrentState(its["hidden"], tracing(synapses, Fast(its["trace"], its.get("eligibility"))), None)
    activity: list[Tensor] = []
    for inputs, signal in zip(its["inputs"], its["signal"], strict=True):
        state = tick(slow, state, inputs, signal)
        activity.append(state.hidden)
    return [torch.stack(activity), *[traces for traces in state.trace.settled(state.write) if traces is not None]]


def gradients(outputs: Sequence[Tensor], leaves: Sequence[Tensor]) -> list[Tensor]:
    """Of a sum of the outputs with random weights; zeros where the outputs do not hang on a leaf."""
    draw = torch.Generator().manual_seed(1)
    loss = sum((out * torch.randn(out.shape, generator=draw, dtype=torch.float64)).sum() for out in outputs)
    found = torch.autograd.grad(cast(Tensor, loss), leaves, allow_unused=True)
    return [torch.zeros_like(leaf) if grad is None else grad for grad, leaf in zip(found, leaves, strict=True)]


def assert_as_plain(tracing: str, episode: Episode, tolerance: float = 1e-9) -> None:
    """Against PlainTrace in float64; the tolerance is relative to the largest number of each array."""
    exact = Episode(
        episode.rule,
        {name: leaf.detach().double().requires_grad_(leaf.requires_grad) for name, leaf in episode.leaves.items()},
        episode.write_bound,
    )
    mine, reference = lived(TRACINGS[tracing], episode), lived(PlainTrace, exact)
    asked = [name for name, leaf in episode.leaves.items() if leaf.requires_grad]
    names = [*["activity", "trace", "eligibility"][: len(mine)], *[f"dL/d {name}" for name in asked]]
    my_gradients = gradients(mine, [episode.leaves[name] for name in asked])
    gradients_there = gradients(reference, [exact.leaves[name] for name in asked])
    for name, got, wanted in zip(names, [*mine, *my_gradients], [*reference, *gradients_there], strict=True):
        assert got.shape == wanted.shape, name
        off = float((got.detach() - wanted.detach()).abs().max())
        assert off <= tolerance * (1 + float(wanted.detach().abs().max())), f"{name} is off by {off}"


@rules
@pytest.mark.parametrize("alone", [True, False])
def test_values_and_gradients_are_those_of_plain_autograd(tracing: str, rule: str, alone: bool) -> None:
    assert_as_plain(tracing, kept_by(tracing, rule, alone=alone, t=20))


@rules
@pytest.mark.parametrize(("n", "b", "t"), [(1, 1, 1), (7, 2, 3), (19, 1, 37)])
def test_over_odd_shapes(tracing: str, rule: str, n: int, b: int, t: int) -> None:
    assert_as_plain(tracing, kept_by(tracing, rule, n=n, b=b, t=t, alone=False))


@rules
def test_from_blank_traces_that_share_their_memory(tracing: str, rule: str) -> None:
    episode = kept_by(tracing, rule)
    for name in {"trace", "eligibility"} & set(episode.leaves):
        episode.leaves[name] = torch.zeros((), dtype=torch.float64).expand(3, 5, 5)
    assert_as_plain(tracing, episode)


@rules
def test_the_gradient_of_traces_that_begin_blank(tracing: str, rule: str) -> None:
    episode = kept_by(tracing, rule)
    for name in {"trace", "eligibility"} & set(episode.leaves):
        episode.leaves[name] = torch.zeros(3, 5, 5, dtype=torch.float64, requires_grad=True)
    assert_as_plain(tracing, episode)


@pytest.mark.parametrize(
    ("tracing", "rule"), [kept for kept in KEPT if kept[1] in {"hebb", "oja", "delta", "retroactive"}]
)
@pytest.mark.parametrize("write_bound", [math.inf, 0.2])
def test_modulated_and_shortened_writes(tracing: str, rule: str, write_bound: float) -> None:
    assert_as_plain(tracing, kept_by(tracing, rule, modulated=True, write_bound=write_bound))


@pytest.mark.parametrize("tracing", GENERAL)
@pytest.mark.parametrize("rule", ["clipped", "modulated", "retroactive"])
@pytest.mark.parametrize("alone", [True, False])
def test_a_saturating_episode(tracing: str, rule: str, alone: bool) -> None:
    episode = kept_by(tracing, rule, rate=3, t=20, alone=alone)
    assert float(lived(PlainTrace, episode)[1].detach().abs().max()) == 1
    assert_as_plain(tracing, episode)


@rules
@pytest.mark.parametrize(("n", "alone", "rate"), [(5, True, 0.3), (33, False, 0.3), (9, True, 2)])
def test_float32_is_float64_to_rounding(tracing: str, rule: str, n: int, alone: bool, rate: float) -> None:
    rate = rate if RULES[rule].bounded else 0.3
    assert_as_plain(
        tracing, kept_by(tracing, rule, n=n, alone=alone, t=9, rate=rate, dtype=torch.float32), tolerance=1e-4
    )


@rules
@pytest.mark.parametrize(("n", "b", "rate"), [(3, 2, 0.3), (16, 1, 0.3), (37, 3, 2)])
def test_float32_with_rates_that_synapses_share(tracing: str, rule: str, n: int, b: int, rate: float) -> None:
    rate = rate if RULES[rule].bounded else 0.3
    episode = kept_by(tracing, rule, n=n, b=b, t=19, rate=rate, own_rates=False, dtype=torch.float32)
    assert_as_plain(tracing, episode, tolerance=1e-4)


class Fresh(torch.autograd.Function):
    """An episode lived anew for each gradient, since gradcheck asks many times of one graph."""

    @staticmethod
    def forward(ctx: Any, tracing: str, episode: Episode, *leaves: Tensor) -> Tensor:
        ctx.tracing, ctx.episode = tracing, episode
        ctx.save_for_backward(*leaves)
        return Fresh.outputs(tracing, episode, leaves)

    @staticmethod
    def outputs(tracing: str, episode: Episode, leaves: Sequence[Tensor]) -> Tensor:
        given = episode._replace(leaves=dict(zip(episode.leaves, leaves, strict=True)))
        activity, *traces = lived(TRACINGS[tracing], given)
        return torch.cat([activity[-1].flatten(), *[trace.flatten() for trace in traces]])

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        leaves = [leaf.detach().requires_grad_() for leaf in ctx.saved_tensors]
        with torch.enable_grad():
            outputs = Fresh.outputs(ctx.tracing, ctx.episode, leaves)
        found = torch.autograd.grad(outputs, leaves, grad_outputs, allow_unused=True)
        return None, None, *[torch.zeros_like(a) if g is None else g for g, a in zip(found, leaves, strict=True)]


@rules
def test_gradients_are_finite_differences(tracing: str, rule: str) -> None:
    episode = kept_by(tracing, rule, n=3, b=2, t=5, rate=0.1)
    assert float(lived(PlainTrace, episode)[1].detach().abs().max()) < 0.99  # else a clip has a kink there

    def outputs(*leaves: Tensor) -> Tensor:
        return Fresh.apply(tracing, episode, *leaves)

    assert torch.autograd.gradcheck(outputs, tuple(episode.leaves.values()), check_undefined_grad=False)


@tracings
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("alone", [True, False])
def test_a_layer_need_not_be_square(tracing: str, dtype: torch.dtype, alone: bool) -> None:
    N, M, B, T = 4, 7, 2, 9
    draw = torch.Generator().manual_seed(0)

    def numbers(*shape: int) -> Tensor:
        return (0.4 * torch.randn(*shape, generator=draw, dtype=torch.float64)).to(dtype).requires_grad_()

    size = (N, M) if alone else (1, M)
    rates = size if tracing in GENERAL else (1, M)
    slow = [numbers(N, M), numbers(*size), numbers(*rates), numbers(*rates)]
    start, xs, ys, keys = numbers(B, N, M), numbers(T, B, N), numbers(T, B, M), numbers(T, B, N)

    def outputs(name: str) -> list[Tensor]:
        trace, write, found = TRACINGS[name](Synapses(RULES["hebb"], *slow), Fast(start)), None, list[Tensor]()
        for x, y, key in zip(xs, ys, keys, strict=True):
            swept = trace.sweep(write, x, key)
            assert swept.recalled is not None
            found += [swept.inward, swept.recalled]
            write, trace = Write(x, Drive(fade=torch.tanh(y[:, :1]), take=y + swept.inward)), swept.trace
        return [*found, trace.settled(write).trace]

    leaves = [*slow, start, xs, ys, keys]
    mine, there = outputs(tracing), outputs("plain")
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(mine, there, rtol=tolerance, atol=tolerance)
    torch.testing.assert_close(gradients(mine, leaves), gradients(there, leaves), rtol=tolerance * 30, atol=tolerance)


@rules
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_row_that_is_not_a_number_touches_no_other(tracing: str, rule: str, dtype: torch.dtype) -> None:
    calm, poisoned = (kept_by(tracing, rule, t=6, dtype=dtype) for _ in range(2))
    with torch.no_grad():
        poisoned.leaves["inputs"][2, 1] = math.nan
    own = ["trace", "hidden", "inputs", "signal", *(["eligibility"] if RULES[rule].eligible else [])]
    calm_out, out = lived(TRACINGS[tracing], calm), lived(TRACINGS[tracing], poisoned)
    assert out[0][2:, 1].isnan().any()
    found = [gradients(o, [e.leaves[name] for name in own]) for o, e in ((calm_out, calm), (out, poisoned))]
    names = [*["activity", "trace", "eligibility"][: len(out)], *own]
    for name, a, b in zip(names, [*calm_out, *found[0]], [*out, *found[1]], strict=True):
        rows = 1 if name in {"activity", "inputs", "signal"} else 0
        for row in (0, 2):
            assert torch.equal(a.select(rows, row), b.select(rows, row)), name


@tracings
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loss_of_some_ticks_and_some_leaves(tracing: str, dtype: torch.dtype) -> None:
    episodes = [kept_by(tracing, "hebb", t=9, dtype=dtype) for _ in range(2)]
    found: list[tuple[Tensor, ...]] = []
    for name, episode in zip((tracing, "plain"), episodes, strict=True):
        loss = lived(TRACINGS[name], episode)[0][:5].square().sum()  # the last ticks are no part of it
        found.append(torch.autograd.grad(loss, [episode.leaves["alpha"], episode.leaves["hidden"]]))
    torch.testing.assert_close(*found)


@tracings
def test_an_episode_goes_on_from_the_traces_that_one_before_gave_out(tracing: str) -> None:
    found: list[list[Tensor]] = []
    for name in (tracing, "plain"):
        first, second = kept_by(tracing, "hebb", t=5), kept_by(tracing, "hebb", t=7)
        handed = lived(TRACINGS[name], first)
        second.leaves["trace"] = handed[1]
        found.append(gradients(lived(TRACINGS[name], second), [first.leaves["trace"], first.leaves["rate"]]))
    torch.testing.assert_close(*found)

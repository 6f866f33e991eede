"""What the kernels of a tick share, on tiles and on rows: the activity function, the write, the rules' drives.

Tiles are [.., R, C] synapses, from neurons i (axis -2) to neurons j (axis -1); rows are one number a neuron, [N].
"""

from __future__ import annotations

from plastic_core.engines import drives
from plastic_core.engines.gpu_language import constexpr, kernel, tensor, tl
from plastic_core.network import SMALLEST_KEY
from plastic_core.rules import BOUND

DECAYING, SELF_LIMITED = tl.constexpr(drives.DECAYING), tl.constexpr(drives.SELF_LIMITED)
TOP, SHORTEST = tl.constexpr(BOUND), tl.constexpr(SMALLEST_KEY)


@kernel
def squash(values: tensor) -> tensor:
    """Tanh, to 4e-7, as plastic_core.squash has it: Lambert's fraction on a quarter, doubled twice; NaN stays NaN."""
    y = tl.clamp(values, -9.5, 9.5, propagate_nan=tl.PropagateNan.ALL) * 0.25
    s = y * y
    over = y * (135135.0 + s * (17325.0 + s * (378.0 + s)))
    under = 135135.0 + s * (62370.0 + s * (3150.0 + s * 28.0))
    t = over / under
    t = 2.0 * t / (1.0 + t * t)
    t = 2.0 * t / (1.0 + t * t)
    return tl.clamp(t, -1.0, 1.0, propagate_nan=tl.PropagateNan.ALL)


@kernel
def length(values: tensor) -> tensor:
    """Euclidean length of [N], in float64: squares of float32 may pass its range."""
    wide = values.to(tl.float64)
    return tl.sqrt(tl.sum(wide * wide, 0))


@kernel
def scrambled(bits: tensor) -> tensor:
    """A hash of uint32 by multiplication and shifts (the finalizer of MurmurHash3)."""
    bits ^= bits >> 16
    bits *= 0x85EBCA6B
    bits ^= bits >> 13
    bits *= 0xC2B2AE35
    return bits ^ (bits >> 16)


@kernel
def chance_of(inward: tensor, j: tensor, kind: constexpr) -> tensor:
    """What the rounding of this tick's write is drawn from: a hash of what reached the stream's neurons, [N].

    It follows from the stream's own state and input alone, so a replay draws the same, in whatever batch and from
    whatever snapshot; and it changes whenever the trace did. Whole numbers are added, so no order counts.
    """
    mixed = scrambled(inward.to(tl.uint32, bitcast=True) + j.to(tl.uint32) * 0x9E3779B1)
    return (scrambled(tl.sum(tl.where(j < kind.neurons, mixed, 0), 0).to(tl.uint32) ^ kind.seed)).to(tl.int32)


@kernel
def noise_of(chance: tensor, i: tensor, j: tensor, kind: constexpr) -> tensor:
    """32 random bits a synapse, from a counter that starts at `chance`."""
    return scrambled((i * kind.neurons + j).to(tl.uint32) + chance.to(tl.uint32))


@kernel
def rounded(values: tensor, noise: tensor) -> tensor:
    """Float32 that bfloat16 holds exactly, up or down by chance so that the mean is right; noise: its low 16 bits.

    A nearest rounding would lose every write below half a unit in the last place.
    """
    bits = values.to(tl.uint32, bitcast=True) + (noise & 0xFFFF)
    drawn = (bits & 0xFFFF0000).to(tl.float32, bitcast=True)
    return tl.where(values == values, drawn, values)


@kernel
def synaptic(values: tensor, i: tensor, j: tensor, own: constexpr, kind: constexpr) -> tensor:
    """Slow numbers of a tile: [.., R, C] where each synapse has its own, else [.., 1, C]."""
    if own:
        return tl.load(
            values + i * kind.neurons + j,
            mask=(i < kind.neurons) & (j < kind.neurons),
            other=0.0,
            eviction_policy="evict_last",
        )
    else:  # noqa: RET505 (both branches are compiled where they are not told apart)
        return tl.load(values + j, mask=j < kind.neurons, other=0.0)


@kernel
def written(
    slow: tensor,
    trace: tensor,
    eligibility: tensor,
    pre: tensor,
    fade: tensor,
    take: tensor,
    signal: tensor,
    chance: tensor,
    i: tensor,
    j: tensor,
    kind: constexpr,
) -> tensor:
    """Tiles H and E (None: has none) after the write, see rules.py; pre [.., R, 1], fade, take, signal [.., 1, C]."""
    decay = 1.0 - synaptic(slow.leak, i, j, kind.own_leak, kind) * fade
    gain = synaptic(slow.rate, i, j, kind.own_rate, kind) * take
    if kind.eligible:
        trace = tl.fma(signal, eligibility, trace)
        eligibility = tl.fma(eligibility, decay, pre * gain)
    else:
        trace = tl.fma(trace, decay, pre * gain)
    if kind.bounded:
        trace = tl.clamp(trace, -TOP, TOP, propagate_nan=tl.PropagateNan.ALL)
    if kind.rounding:
        noise = noise_of(chance, i, j, kind)
        trace = rounded(trace, noise)
        if kind.eligible:
            eligibility = rounded(eligibility, noise >> 16)
    return trace, eligibility


@kernel
def gate(slow: tensor, given: tensor, before: tensor, j: tensor, which: constexpr, kind: constexpr) -> tensor:
    """Sigmoid(z G + G_0): beta (which = 0) or g (1), a number, from the input at `given` [D] and h(t-1) [N]."""
    d = tl.arange(0, kind.input_block)
    seen = tl.load(given + d, mask=d < kind.width, other=0.0)
    by_input = tl.load(slow.gates_input + which * kind.width + d, mask=d < kind.width, other=0.0)
    by_activity = tl.load(slow.gates_recurrent + which * kind.neurons + j, mask=j < kind.neurons, other=0.0)
    reached = tl.sum(seen * by_input, 0) + tl.sum(before * by_activity, 0) + tl.load(slow.gates_bias + which)
    return 0.5 * (1.0 + squash(0.5 * reached))


@kernel
def signal_of(slow: tensor, post: tensor, outside: tensor, j: tensor, kind: constexpr) -> tensor:
    """The signal s_t M_t, [N]."""
    inside = j < kind.neurons
    if slow.modulator is None:
        signal = tl.zeros_like(post) + outside
    else:
        reached = tl.sum(post * tl.load(slow.modulator + j, mask=inside, other=0.0), 0)
        told = squash(reached + tl.load(slow.modulator_bias))
        signal = outside * (told * tl.load(slow.fan + j, mask=inside, other=0.0))
    return signal


@kernel
def shortened(slow: tensor, pre: tensor, fade: tensor, take: tensor, j: tensor, kind: constexpr) -> tensor:
    """Fade and take of a write held to Network.write_bound; [N] each."""
    if slow.write_bound is not None:
        bound = tl.load(slow.write_bound).to(tl.float64)
        steepest = tl.load(slow.steepest + j, mask=j < kind.neurons, other=0.0)
        norm = length(pre) * length(steepest * take)
        share = (bound / tl.maximum(norm, bound)).to(tl.float32)
        take = take * share
        if not kind.keyed:
            fade = fade * share
    return fade, take


@kernel
def driven(post: tensor, signal: tensor, kind: constexpr) -> tensor:
    """Fade and take of the rules without a key, see rules.py; [N] each."""
    strength = signal
    if kind.eligible:
        strength = tl.zeros_like(signal) + 1.0
    take = strength * post
    if kind.drive == DECAYING:
        fade = strength
    elif kind.drive == SELF_LIMITED:
        fade = take * post
    else:
        fade = tl.zeros_like(post)
    return fade, take


@kernel
def turned(
    slow: tensor,
    given: tensor,
    outside: tensor,
    inward: tensor,
    before: tensor,
    raw: tensor,
    value: tensor,
    recalled: tensor,
    j: tensor,
    kind: constexpr,
) -> tensor:
    """All of a stream's tick but for N x N: activity y and the write (pre, fade, take, signal), [N] each.

    given: where its input [D] is. outside: s_t. inward: what reached its neurons, [N]. before: h(t-1), [N].
    raw = z K, value = z V, recalled = H^T raw, [N] each, for keyed rules, else None.
    """
    post = squash(inward)
    signal = signal_of(slow, post, outside, j, kind)
    if kind.keyed:
        size = tl.maximum(length(raw).to(tl.float32), SHORTEST)
        strength = gate(slow, given, before, j, 0, kind)
        kept = gate(slow, given, before, j, 1, kind)
        pre = raw / size
        fade = tl.zeros_like(post) + (1.0 - kept)
        take = signal * strength * (value - kept * (recalled / size))
    else:
        pre = before
        fade, take = driven(post, signal, kind)
    fade, take = shortened(slow, pre, fade, take, j, kind)
    return post, pre, fade, take, signal

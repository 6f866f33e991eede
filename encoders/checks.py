"""The promises of encoders/contract.py as functions, for our own encoders and for those of others.

`plastream encoder check MODULE` runs them on a plug-in, tests/contracts/test_encoders.py on every encoder of the
catalogue. They need hypothesis: pip install 'plastream[check]'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.contract import Encoded, Encoder, NumberEncoder, Rescaled, State, objects, reading_state

NEVER_SENSED: tuple[Any, ...] = (
    None,
    float("nan"),
    float("inf"),
    -float("inf"),
    [],
    [1.0],
    {},
    {"a": 1},
    b"bytes",
    object(),
    10**400,
)
"""What no encoder understands, but for those whose example says otherwise (`understood`)."""

REACH = 8.0
"""Codes lie within [-REACH, REACH]."""


class BrokenPromise(AssertionError):
    """An encoder does not keep a promise of the contract; the message says which and how it showed."""


def promise(kept: bool, broken: str) -> None:
    """Raise BrokenPromise where it was not kept."""
    if not kept:
        raise BrokenPromise(broken)


def equality_error(given: Any, back: Any) -> float:
    """0 for equal values, 1 for others."""
    return 0.0 if given == back else 1.0


def number_error(given: Any, back: Any) -> float:
    """Distance of two numbers; they may come as text."""
    return abs(float(given) - float(back))


@dataclass(frozen=True)
class Example:
    """How to try one encoder."""

    values: st.SearchStrategy[Any]
    """Values that it understands, over its whole range."""
    edges: Sequence[Any]
    """The ends of its range, and what lies at its corners."""
    wrong: Sequence[Any]
    """Values that it does not understand, beside NEVER_SENSED."""
    error: Callable[[Any, Any], float] = equality_error
    """Distance between a value, or its summary, and what came back, by the measure of `resolution`."""
    ramp: Sequence[Any] = ()
    """For ordered values: equal steps away from the first, within the range that `history` teaches. At least 11."""
    history: Sequence[Any] = ()
    """Values that come before the ramp."""
    config: dict[str, Any] = field(default_factory=dict[str, Any])
    understood: Callable[[Any], bool] = lambda _: False
    """Which of NEVER_SENSED it does understand (a vector encoder: [1.0])."""
    hoard: Callable[[int], Any] = lambda step: step % 2
    """Step -> a value that it has not seen before where there are so many, to show that its memory stays bounded."""

    def hostile(self) -> list[Any]:
        """All that it must not sense."""
        return [*(value for value in NEVER_SENSED if not self.understood(value)), *self.wrong]


Check = Callable[[Encoder, Example], None]
"""Raises BrokenPromise, or what the encoder itself raises."""

quick = settings(max_examples=40, deadline=None, derandomize=True, database=None)


def lived(encoder: Encoder, histories: Sequence[Sequence[Any]]) -> State:
    """The states of streams that have sent these values, each by itself."""
    states = [encoder.initial(1)]
    for history in histories:
        state = encoder.initial(1)
        for value in history:
            state = encoder.encode(objects([value]), state).state
        states.append(state)
    return np.concatenate(states)[1:] if histories else encoder.initial(0)


def same(left: Encoded, right: Encoded) -> bool:
    """Whether two results are the same, byte for byte."""
    pairs = ((left.codes, right.codes), (left.sensed, right.sensed), (left.state, right.state))
    return all(a.tobytes() == b.tobytes() and a.dtype == b.dtype for a, b in pairs)


def equal_values(left: Any, right: Any) -> bool:
    """Whether two decoded values are the same, arrays and NaN included."""
    return repr(left) == repr(right)


# --- the promises ---


def its_shape_is_told(encoder: Encoder, example: Example) -> None:
    """Name, width, config and layout are what the contract asks for."""
    again = type(encoder)(**encoder.config.model_dump())
    promise(again.name == encoder.name, "another name after being rebuilt from its config")
    promise(again.config == encoder.config, "another config after being rebuilt from it")
    promise(again.width == encoder.width >= 1, "width must be at least 1 and follow from the config")
    promise(again.state_dtype == encoder.state_dtype, "the layout of its state must follow from the config")
    promise(encoder.decodes in ("value", "summary", "nothing"), f"decodes is {encoder.decodes!r}")
    dtype = encoder.state_dtype
    promise(not dtype.hasobject, "state rows hold objects: they cannot be saved")
    promise(dtype.names is not None and dtype["version"] == np.int32, "state rows lack version: int32")
    parts = dtype.fields or {}
    promise(dtype.itemsize == sum(part[0].itemsize for part in parts.values()), "state rows are padded")
    promise(encoder.initial(3).dtype == dtype and len(encoder.initial(3)) == 3, "initial(3) is not 3 state rows")
    promise(len(encoder.encode(objects([]), encoder.initial(0)).codes) == 0, "a batch of none must work")
    del example


def rows_are_independent(encoder: Encoder, example: Example) -> None:
    """A row has the same bytes in any batch, in any order."""
    anything = example.values | st.sampled_from(example.hostile()) | st.sampled_from(list(example.edges))

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        histories = data.draw(st.lists(st.lists(anything, max_size=6), min_size=1, max_size=19))
        values = objects(data.draw(st.lists(anything, min_size=len(histories), max_size=len(histories))))
        state = lived(encoder, histories)
        whole = encoder.encode(values, state)
        decoded = encoder.decode(whole.codes, whole.state)
        order = np.array(data.draw(st.permutations(range(len(values)))))
        size = data.draw(st.integers(1, len(values)))
        for start in range(0, len(values), size):
            rows = order[start : start + size]
            part = encoder.encode(values[rows], state[rows])
            promise(same(part, Encoded(whole.codes[rows], whole.sensed[rows], whole.state[rows])), "encode: batch")
            again = encoder.decode(part.codes, part.state)
            for row, value in zip(rows.tolist(), again.values.tolist(), strict=True):
                promise(equal_values(value, decoded.values[row]), "decode depends on the batch")
            promise(again.confidence.tobytes() == decoded.confidence[rows].tobytes(), "confidence depends on the batch")
            deviation = np.abs(whole.codes)
            wide = encoder.spread(deviation, whole.state)
            promise(encoder.spread(deviation[rows], part.state).tobytes() == wide[rows].tobytes(), "spread: batch")
            sigma = np.linspace(0.0, 3.0, len(values))
            loud = encoder.noise(sigma, whole.state)
            promise(encoder.noise(sigma[rows], part.state).tobytes() == loud[rows].tobytes(), "noise: batch")

    holds()


def encoding_is_pure_and_bounded(encoder: Encoder, example: Example) -> None:
    """Nothing given is changed, equal input gives equal bytes, codes and state stay finite and in range."""
    anything = example.values | st.sampled_from(example.hostile()) | st.sampled_from(list(example.edges))

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        histories = data.draw(st.lists(st.lists(anything, max_size=12), min_size=1, max_size=5))
        values = objects(data.draw(st.lists(anything, min_size=len(histories), max_size=len(histories))))
        told = [repr(value) for value in values]
        state = lived(encoder, histories)
        before = state.tobytes()
        encoded = encoder.encode(values, state)
        promise(state.tobytes() == before, "encode has changed the state that it was given")
        promise([repr(value) for value in values] == told, "encode has changed the values that it was given")
        promise(same(encoded, encoder.encode(values, state)), "the same input gives other bytes")
        promise(encoded.codes.dtype == np.float32, "codes must be float32")
        promise(encoded.codes.shape == (len(values), encoder.width), "codes must be [B, W]")
        promise(encoded.sensed.dtype == np.bool_ and encoded.sensed.shape == (len(values),), "sensed must be bool[B]")
        promise(encoded.state.dtype == encoder.state_dtype, "the state must keep its layout")
        promise(bool(np.isfinite(encoded.codes).all()), "codes must be finite")
        promise(float(np.abs(encoded.codes).max()) <= REACH, f"codes must lie within {REACH}")
        for part in encoded.state.dtype.names or ():
            if encoded.state.dtype[part].base.kind == "f":
                promise(bool(np.isfinite(encoded.state[part]).all()), f"state {part} must stay finite")

    holds()


def the_wrong_changes_nothing(encoder: Encoder, example: Example) -> None:
    """What is missing or not understood is not sensed, has zero codes and leaves the state as it was."""
    wrong = example.hostile()

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        history = data.draw(st.lists(example.values, max_size=8))
        state = np.repeat(lived(encoder, [history]), len(wrong))
        encoded = encoder.encode(objects(wrong), state)
        for value, sensed in zip(wrong, encoded.sensed.tolist(), strict=True):
            promise(not sensed, f"sensed {value!r}")
        promise(not encoded.codes.any(), "codes of what was not sensed must be zero")
        promise(encoded.state.tobytes() == state.tobytes(), "what was not sensed has changed the state")

    holds()


def values_come_back(encoder: Encoder, example: Example) -> None:
    """decode(encode(v)) is v, or its summary, within the resolution: over the whole range, and at its edges."""

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        history = data.draw(st.lists(example.values, max_size=12))
        check_round_trip(encoder, example, history, data.draw(example.values | st.sampled_from(list(example.edges))))

    holds()
    for value in example.edges:
        check_round_trip(encoder, example, [], value)


def check_round_trip(encoder: Encoder, example: Example, history: Sequence[Any], value: Any) -> None:
    """One value after some others."""
    state = lived(encoder, [history])
    encoded = encoder.encode(objects([value]), state)
    promise(bool(encoded.sensed.all()), f"{value!r} is within the range and not sensed")
    coding = reading_state(state, encoded.state)
    decoded = encoder.decode(encoded.codes, coding)
    if encoder.decodes == "nothing":
        promise(decoded.values[0] is None, "it says that it decodes nothing, and does")
        return
    if np.abs(encoded.codes).max() < REACH:  # beyond, it comes back as the end of the coded range
        away, allowed = example.error(value, decoded.values[0]), float(encoder.resolution(coding)[0])
        promise(away <= allowed, f"{value!r} came back as {decoded.values[0]!r}: {away} away, resolution {allowed}")
        promise(float(decoded.confidence[0]) > 0.99, f"confidence {decoded.confidence[0]} in a code of its own")


def nothing_seen_reads_as_nothing(encoder: Encoder, example: Example) -> None:
    """Before the first value there is none to read back."""
    codes = np.zeros((2, encoder.width), dtype=np.float32)
    decoded = encoder.decode(codes, encoder.initial(2))
    promise([value is None for value in decoded.values.tolist()] == [True, True], "a value before any was seen")
    promise(not decoded.confidence.any(), "confidence before any value was seen")
    promise(bool(np.isnan(encoder.resolution(encoder.initial(2))).all()), "a resolution before any value was seen")
    del example


def any_code_reads_as_a_value(encoder: Encoder, example: Example) -> None:
    """Expectations lie between the codes of values: each finite code has a nearest value."""

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        state = lived(encoder, [data.draw(st.lists(example.values, min_size=1, max_size=9))])
        numbers = st.floats(-1e6, 1e6, width=32)
        codes = np.array([data.draw(st.lists(numbers, min_size=encoder.width, max_size=encoder.width))], np.float32)
        decoded = encoder.decode(codes, state)
        promise((decoded.values[0] is None) == (encoder.decodes == "nothing"), "a finite code without a value")
        promise(0.0 <= float(decoded.confidence[0]) <= 1.0, "confidence must lie in [0, 1]")
        spread = encoder.spread(np.abs(codes), state)
        promise(spread.shape == (1,) and not bool((spread < 0.0).any()), "spread must be float64[B], not negative")

    holds()


def near_values_have_near_codes(encoder: Encoder, example: Example) -> None:
    """Along the ramp codes lie ever further from the first one, and a step is short beside the whole way."""
    if not example.ramp:
        return
    count = len(example.ramp)
    state = np.repeat(lived(encoder, [example.history]), count) if example.history else encoder.initial(count)
    codes = encoder.encode(objects(example.ramp), state).codes
    away: npt.NDArray[np.float64] = np.sqrt(np.square(codes.astype(np.float64) - codes[0]).sum(axis=1))
    promise(bool((np.diff(away) > 0.0).all()), "the codes of a ramp do not lie ever further from its first")
    promise(bool(away[1] < 0.25 * away[-1]), "near values do not have near codes")


def codes_keep_their_meaning(encoder: Encoder, example: Example) -> None:
    """Within a version the code of a value never changes; where the version rises, the map between them is told."""

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        state = lived(encoder, [data.draw(st.lists(example.values, min_size=1, max_size=12))])
        probe = objects([data.draw(example.values)])
        before = encoder.encode(probe, state).codes
        after = encoder.encode(objects([data.draw(example.values)]), state).state
        if after["version"][0] == state["version"][0]:
            kept = encoder.encode(probe, after).codes.tobytes() == before.tobytes()
            promise(kept or not fixed_meaning(encoder), "another code for the same value within a version")
            return
        promise(int(after["version"][0]) == int(state["version"][0]) + 1, "version must rise one by one")
        promise(isinstance(encoder, Rescaled), "version rose, and no `translation` says how codes read now")
        reading = reading_state(state, after)  # the old state, or of states within states those whose version rose
        kept = (
            reading.tobytes() == state.tobytes() or encoder.encode(probe, reading).codes.tobytes() == before.tobytes()
        )
        promise(kept, "codes just written read by the new meaning")

    holds()


def fixed_meaning(encoder: Encoder) -> bool:
    """Whether a value's code follows from the value alone within a version.

    Not so for encoders of change (delta, counter, inter-arrival), whose `relative` is True: their code tells what has
    happened since the last value.
    """
    return not getattr(encoder, "relative", False)


def numbers_go_the_same_way(encoder: Encoder, example: Example) -> None:
    """For a NumberEncoder the fast path gives the bytes of the slow one."""
    if not isinstance(encoder, NumberEncoder):
        return
    numbers_of = encoder
    anything = example.values | st.sampled_from(example.hostile())

    @quick
    @given(data=st.data())
    def holds(data: st.DataObject) -> None:
        values = data.draw(st.lists(anything, min_size=1, max_size=9))
        state = lived(encoder, [data.draw(st.lists(example.values, max_size=5)) for _ in values])
        fast = numbers_of.encode_numbers(numbers_of.parse(values), state)
        promise(same(fast, encoder.encode(objects(values), state)), "encode_numbers(parse(v)) is not encode(v)")
        numbers = numbers_of.decode_numbers(fast.codes, fast.state)
        seen = [value is not None for value in encoder.decode(fast.codes, fast.state).values.tolist()]
        promise((~np.isnan(numbers)).tolist() == seen, "decode_numbers and decode do not agree on what was seen")

    holds()


def uncertainty_is_finite(encoder: Encoder, example: Example) -> None:
    """Any standard deviation becomes a finite noise, none of it for none."""
    state = np.repeat(lived(encoder, [list(example.edges)]), 6)
    noise = encoder.noise(np.array([0.0, -1.0, np.nan, np.inf, 1e-3, 1e300]), state)
    promise(noise.dtype == np.float32 and noise.shape == (6, encoder.width), "noise must be float32[B, W]")
    promise(bool(np.isfinite(noise).all()) and not bool((noise < 0.0).any()), "noise must be finite, not negative")
    promise(not noise[:4].any(), "noise without a usable standard deviation must be zero")


def memory_stops_growing(encoder: Encoder, example: Example) -> None:
    """A state row has the same size after a hundred values of which each is new."""
    state = encoder.initial(1)
    size = state.nbytes
    for step in range(100):
        state = encoder.encode(objects([example.hoard(step)]), state).state
    promise(state.nbytes == size, "a state row has grown")


CHECKS: dict[str, Check] = {
    "shape": its_shape_is_told,
    "rows independent": rows_are_independent,
    "pure and bounded": encoding_is_pure_and_bounded,
    "wrong changes nothing": the_wrong_changes_nothing,
    "round trip": values_come_back,
    "nothing seen": nothing_seen_reads_as_nothing,
    "any code reads": any_code_reads_as_a_value,
    "near is near": near_values_have_near_codes,
    "stable for life": codes_keep_their_meaning,
    "numbers": numbers_go_the_same_way,
    "uncertainty": uncertainty_is_finite,
    "memory bounded": memory_stops_growing,
}
"""Name -> promise; each is run on each encoder."""

"""Suspicious readings: a slow, obvious watch over one stream, and the fast one that must say the same."""

from __future__ import annotations

import math
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from encoders.block import Block
from encoders.circumstances import Circumstances
from encoders.reading import Notes
from encoders.schema.topic import FieldType
from encoders.watch import course, flips
from encoders.watch.fingerprint import of_value
from encoders.watch.marks import FIELD_MARKS, READING_MARKS, field_words, reading_words
from encoders.watch.watch import Seen, Watch
from tests.encoders.slow_watch import KINDS, NAN, Told, slowly


def blocks(kinds: tuple[FieldType, ...] = KINDS, **more: Any) -> tuple[Block, ...]:
    return tuple(Block(f"f{place}", kind, "scalar", "{}", place, 1, **more) for place, kind in enumerate(kinds))


def seen(wave: list[Told], noted: tuple[tuple[int, int, str], ...] = ()) -> Seen:
    numbers = [[value if isinstance(value, float) else NAN for value in told.values] for told in wave]
    prints = [[0 if isinstance(value, float) else of_value(value) for value in told.values] for told in wave]
    return Seen(
        np.array([NAN if told.time is None else told.time for told in wave]),
        np.array(numbers),
        np.array(prints, dtype=np.uint64),
        np.array([[value is not None for value in told.values] for told in wave]),
        Circumstances(
            sequences={row: told.sequence for row, told in enumerate(wave) if told.sequence is not None},
            historical=frozenset(row for row, told in enumerate(wave) if told.stored),
        ),
        noted,
    )


def quickly(streams: list[list[Told]]) -> list[list[tuple[set[str], list[set[str]]]]]:
    """The same by waves of all streams: [stream][reading]."""
    watch = Watch(blocks())
    state = watch.initial(len(streams))
    told: list[list[tuple[set[str], list[set[str]]]]] = [[] for _ in streams]
    for wave in zip(*streams, strict=True):
        after = state.copy()
        fields, readings = watch.judged(seen(list(wave)), state, after)
        state = after
        for stream, (bits, own) in enumerate(zip(fields.tolist(), readings.tolist(), strict=True)):
            told[stream].append((set(reading_words(own)), [set(field_words(mark)) for mark in bits]))
    return told


HABITS = ("noise", "noise", "still", "gone", "word", "map", "absurd", "rise")


def a_course(chance: Random, length: int) -> list[float | str | None]:
    """A field's values: runs of one habit after the other, so that each rule gets its chance."""
    values: list[float | str | None] = []
    level, stride = chance.choice([0.0, 1.0, 20.0, 1000.0, -5.0]), chance.choice([0.125, 0.5, 3.0])
    while len(values) < length:
        habit, phase = chance.choice(HABITS), chance.randint(0, 6)
        gain, offset = chance.choice([*flips.MAPS, (-3.0, 1e9)])
        for k in range(chance.randint(1, 120)):
            level += stride if habit == "rise" else 0.0
            wobble = level + stride * ((k * 5 + phase) % 7)
            made: dict[str, float | str | None] = {
                "noise": wobble,
                "still": level,
                "gone": None,
                "word": "broken",
                "map": (wobble - offset) / gain,
                "absurd": -9999.0 if k % 3 else wobble,
                "rise": level,
            }
            values.append(made[habit])
    return values[:length]


def a_stream(chance: Random, length: int) -> list[Told]:
    """Readings mostly in order; some again, late, out of order, without a time, or after a clock that was put back."""
    slips = {chance.randrange(length): chance.choice([0, -1, -2, -40, 90, None]) for _ in range(8)}
    stored = {chance.randrange(length) for _ in range(3)}
    numbered, back = chance.random() < 0.5, chance.choice([0, 0, 500])
    stream: list[Told] = []
    for tick, row in enumerate(zip(*(a_course(chance, length) for _ in KINDS), strict=True)):
        slip = slips.get(tick, 1)
        values = stream[-1].values if slip == 0 and stream else row
        time = None if slip is None else float(tick - (back if tick > length // 2 else 0) + slip)
        stream.append(Told(values, time, 100 + tick + (slip or 0) if numbered else None, stored=tick in stored))
    return stream


@settings(max_examples=40, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32), length=st.integers(1, 400), count=st.integers(1, 3))
def test_the_fast_watch_says_what_the_slow_one_says(seed: int, length: int, count: int) -> None:
    chance = Random(seed)  # noqa: S311 -- for made-up sensors
    streams = [a_stream(chance, length) for _ in range(count)]
    for stream, told in zip(streams, quickly(streams), strict=True):
        for tick, (wanted, got) in enumerate(zip(slowly(stream), told, strict=True)):
            assert got == wanted, f"seed {seed}: reading {tick}"


def test_every_mark_comes_up_in_such_streams() -> None:
    told = [reading for seed in range(40) for reading in slowly(a_stream(Random(seed), 400))]  # noqa: S311
    found = set[str]().union(*(own.union(*fields) for own, fields in told))
    assert found == {*FIELD_MARKS, *READING_MARKS} - {"type"}


@settings(max_examples=20, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_what_is_remembered_does_not_depend_on_the_wave(seed: int) -> None:
    chance, watch = Random(seed), Watch(blocks())  # noqa: S311
    streams = [a_stream(chance, 80) for _ in range(5)]
    whole, parts = watch.initial(5), watch.initial(5)
    for wave in zip(*streams, strict=True):
        after = whole.copy()
        watch.judged(seen(list(wave)), whole, after)
        for rows in ([0, 1], [2], [3, 4]):
            part = parts[rows]
            watch.judged(seen([wave[row] for row in rows]), part.copy(), part)
            parts[rows] = part
        whole = after
        assert whole.tobytes() == parts.tobytes()


def told_of(values: list[float | None], kind: FieldType = "number", **more: Any) -> list[tuple[str, ...]]:
    """The marks of a field that sends these values, reading after reading."""
    watch = Watch(blocks((kind,), **more))
    state, told = watch.initial(1), list[tuple[str, ...]]()
    for tick, value in enumerate(values):
        after = state.copy()
        fields, _ = watch.judged(seen([Told((value,), float(tick))]), state, after)
        state = after
        told.append(field_words(int(fields[0, 0])))
    return told


def weather(length: int) -> list[float]:
    """Degrees Celsius with two decimals."""
    return [round(21.0 + 3.0 * math.sin(tick / 20.0) + 0.05 * (tick * 5 % 7), 2) for tick in range(length)]


def places(told: list[tuple[str, ...]], mark: str) -> list[int]:
    return [tick for tick, marks in enumerate(told) if mark in marks]


def test_calm_readings_carry_no_mark() -> None:
    assert not any(told_of([*weather(2000)]))
    assert not any(told_of([20.0, 21.0] * 200, low=0.0, high=50.0))


def test_a_unit_that_changes_is_seen_from_the_fourth_value_on_until_it_changes_back() -> None:
    for gain, offset in [(1.8, 32.0), (1.0, 273.15), (1000.0, 0.0), (3.6, 0.0), (2.54, 0.0), (14.503774, 0.0)]:
        values = weather(400)
        values[100:150] = [gain * value + offset for value in values[100:150]]
        told = told_of([*values])
        assert places(told, "unit") == list(range(103, 150))
        assert not places(told, "range")


def test_a_level_or_a_load_that_changes_is_no_unit() -> None:
    for factor in (2.0, 1.4, 5.0, 30.0):
        values = weather(400)
        values[200:] = [factor * value for value in values[200:]]
        assert not places(told_of([*values]), "unit")
    idle = [74.0 + 9.0 * math.sin(7.0 * tick) for tick in range(100)]
    busy = [1900.0 + 400.0 * math.sin(5.0 * tick) for tick in range(100)]
    assert not places(told_of([*idle, *busy]), "unit")


def test_a_unit_that_stays_is_the_new_one_in_the_end() -> None:
    values = weather(100) + [1.8 * value + 32.0 for value in weather(flips.PATIENCE + 400)[100:]]
    told = told_of([*values])
    assert places(told, "unit")[0] == 103
    assert not any(told[-200:])


def test_standing_still_is_judged_by_the_past() -> None:
    values = weather(200)
    told = told_of([*values, *[values[-1]] * 100, *values])
    assert places(told, "stuck") == list(range(200 + course.STUCK_LEAST, 300))
    steps = [float(tick // 20 % 5) for tick in range(1000)]  # each value 20 times
    assert not any(told_of([*steps, *[steps[-1] - 1.0] * 100]))
    for kind in ("counter", "constant"):
        assert not any(told_of([*map(float, range(40)), *[39.0] * 300], kind))


def test_a_field_that_stays_away_is_stale() -> None:
    told = told_of([*weather(50), *[None] * 30, 21.0])
    assert places(told, "stale") == list(range(50 + course.STALE_LEAST, 80))
    seldom = [21.0 if tick % 20 == 0 else None for tick in range(600)]
    assert not places(told_of(seldom), "stale")


def test_a_counter_that_falls_is_reset_once() -> None:
    assert places(told_of([1.0, 5.0, 9.0, 2.0, 3.0, 3.0, 8.0], "counter"), "reset") == [3]
    assert not any(told_of([9.0, 2.0, 7.0], "number"))


def test_bounds_hold_from_the_first_reading_and_the_past_later() -> None:
    assert places(told_of([120.0, 50.0, -1.0], low=0.0, high=100.0), "range") == [0, 2]
    values = weather(300)
    values[100] = values[200] = -9999.0
    assert places(told_of([*values]), "range") == [100, 200]
    moved = [*weather(100), *[value + 1e5 for value in weather(200)]]
    assert places(told_of([*moved]), "range") == list(range(100, 100 + course.ABSURD))


def test_a_unit_noted_otherwise_than_at_first_is_marked_where_the_schema_names_none() -> None:
    watch = Watch(blocks(("number",)))
    state, found = watch.initial(1), list[tuple[str, ...]]()
    for tick, unit in enumerate(["Cel", "degC", "degF", "degC"]):
        after = state.copy()
        fields, _ = watch.judged(seen([Told((21.0 + tick,), float(tick))], ((0, 0, unit),)), state, after)
        state = after
        found.append(field_words(int(fields[0, 0])))
    assert found == [(), (), ("unit",), ()]


def test_what_a_message_notes_is_marked() -> None:
    watch = Watch(blocks(("number", "number")))
    notes = {0: Notes(reasons={"f1": "stale"}), 1: Notes(reasons={"": "gap"}), 2: Notes(reasons={"f0": "bad"})}
    state = watch.initial(3)
    wave = seen([Told((1.0, 1.0), 1.0)] * 3)
    fields, readings = watch.judged(replace(wave, came=Circumstances(notes)), state, state.copy())
    assert [[field_words(bits) for bits in row] for row in fields.tolist()] == [[(), ("stale",)], [(), ()], [(), ()]]
    assert [reading_words(bits) for bits in readings.tolist()] == [(), ("gap",), ()]

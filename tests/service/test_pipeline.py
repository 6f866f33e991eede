"""The line from bytes to percept: what each message is answered with."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plastic_core.core import Core
from service.log.contract import Draft, Record
from service.log.open import LogSettings
from service.percept import STEPS_PER_SIGMA, in_steps
from service.pipeline import Line, advance
from service.streams import Streams, waves
from tests.service.machine import TOPIC, job, messages


@pytest.fixture(scope="module")
def core() -> Core:
    return Core.build(job(Path(), LogSettings()).core)


def records(drafts: list[Draft]) -> list[Record]:
    return [Record(TOPIC, 0, offset, d.timestamp_ms or 0, d.key, d.value, d.headers) for offset, d in enumerate(drafts)]


def live(core: Core, drafts: list[Draft], split: int = 10_000) -> tuple[list[Draft], Streams]:
    line, streams = Line.of(job(Path(), LogSettings()), core, 0), Streams.empty(core)
    given = records(drafts)
    answers: list[Draft] = []
    for first in range(0, len(given), split):
        answers += advance(line, streams, given[first : first + split])
    return answers, streams


def reading(tick: int, **changes: Any) -> Draft:
    body = {"id": "a", "time": 1_700_000_000 + tick, "temperature": 20.0 + math.sin(tick), "open": tick % 2 == 0}
    return Draft(orjson.dumps(body | changes), key=b"a")


def field(answer: Draft, name: str) -> dict[str, Any]:
    return orjson.loads(answer.value or b"")["fields"][name]


@settings(max_examples=15, deadline=None)
@given(split=st.integers(1, 40))
def test_answers_and_memories_do_not_depend_on_the_split(core: Core, split: int) -> None:
    drafts = messages(machines=3, ticks=12)
    answers, streams = live(core, drafts)
    again, other = live(core, drafts, split)
    assert again == answers
    assert other.hashes() == streams.hashes()


def test_a_stream_alone_is_the_stream_among_others(core: Core) -> None:
    drafts = messages(machines=4, ticks=30)
    alone = [draft for draft in drafts if draft.key == b"machine-2"]
    assert live(core, alone)[1].hashes()["machine-2"] == live(core, drafts)[1].hashes()["machine-2"]


def test_percepts_carry_every_documented_key(core: Core) -> None:
    answer = live(core, [reading(0), reading(1)])[0][1]
    percept = orjson.loads(answer.value or b"")
    documented = (Path(__file__).parents[2] / "docs" / "percept.md").read_text()
    for key in [*percept, *percept["fields"]["temperature"]]:
        assert f"`{key}`" in documented
    assert percept["source"] == {"topic": TOPIC, "partition": 0, "offset": 1}
    assert percept["revision"] == 2
    assert dict(answer.headers)["source_offset"] == b"1"
    assert "time" not in percept["fields"]


def test_nothing_is_expected_of_a_field_before_its_first_value(core: Core) -> None:
    answers = live(core, [reading(0), reading(1, pressure=3.0), reading(2, pressure=3.0)])[0]
    assert field(answers[0], "temperature")["expected"] is None
    assert field(answers[1], "pressure")["expected"] is None
    assert field(answers[2], "pressure")["expected"] == 3.0


def test_a_bad_value_spoils_its_own_field_only(core: Core) -> None:
    good = [reading(tick) for tick in range(30)]
    bad = [*good[:20], reading(20, temperature="broken"), *good[21:]]
    calm, spoiled = live(core, good)[0], live(core, bad)[0]
    assert field(spoiled[20], "temperature")["quality"] == "bad"
    assert field(spoiled[20], "temperature")["raw"] == "broken"
    assert field(spoiled[20], "temperature")["imputed"] is True
    assert field(spoiled[20], "temperature")["gain"] == 0.0
    assert field(spoiled[20], "temperature")["perceived"] == field(spoiled[20], "temperature")["expected"]
    assert field(spoiled[20], "open") == field(calm[20], "open")


def test_a_missing_value_is_imputed(core: Core) -> None:
    answers = live(core, [*[reading(tick) for tick in range(9)], reading(9, temperature=None)])[0]
    found = field(answers[9], "temperature")
    assert (found["quality"], found["imputed"], found["raw"]) == ("missing", True, None)
    assert found["perceived"] is not None


@pytest.mark.parametrize("value", [b"", b"{", b"[1, 2]", b"\xff\xfe", b"{" * 5000, None])
def test_what_cannot_be_read_is_a_dead_letter_as_it_came(core: Core, value: bytes | None) -> None:
    (answer,) = live(core, [Draft(value, key=b"k", headers=(("mine", b"1"),))])[0]
    headers = dict(answer.headers)
    assert answer.topic == f"{TOPIC}.dlq"
    assert (answer.value, answer.key) == (value, b"k")
    assert headers["mine"] == b"1"
    assert (headers["dlq_topic"], headers["dlq_partition"], headers["dlq_offset"]) == (TOPIC.encode(), b"0", b"0")
    assert headers["dlq_reason"]
    assert headers["dlq_error"]
    assert headers["dlq_time"]


@given(rows=st.lists(st.integers(0, 5), max_size=40))
def test_waves_keep_order_and_hold_no_stream_twice(rows: list[int]) -> None:
    split = waves(rows)
    assert sorted(position for wave in split for position in wave) == list(range(len(rows)))
    for wave in split:
        assert len({rows[position] for position in wave}) == len(wave)
    for row in set(rows):
        assert [p for wave in split for p in wave if rows[p] == row] == [p for p, r in enumerate(rows) if r == row]


@given(
    value=st.floats(-1e12, 1e12),
    sigma=st.one_of(st.floats(1e-9, 1e9), st.just(0.0), st.just(math.nan)),
)
def test_numbers_are_written_within_their_step(value: float, sigma: float) -> None:
    written = float(in_steps(np.array([value]), np.array([sigma]))[0])
    if sigma > 0.0:
        assert abs(written - value) <= sigma / STEPS_PER_SIGMA + 4 * np.spacing(abs(value))
    else:
        assert written == value


def test_what_is_not_finite_is_null() -> None:
    assert np.isnan(in_steps(np.array([math.inf, -math.inf, math.nan]), np.ones(3))).all()
    assert orjson.dumps(math.nan) == b"null"

"""Suspicious messages through the whole line: exactly the percepts that deserve a mark carry it, and it is counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from encoders.formats.contract import Format, FormatMemory, Message, Parsed
from encoders.formats.json_messages import JsonMessages
from encoders.reading import Notes
from encoders.schema import FieldSchema, IdKey, TimeKey, TopicSchema
from plastic_core.core import Core
from service.cli.run import status_line
from service.cluster.outcome import Status
from service.demo.feeds import PACKAGED, read_recording
from service.log.contract import Draft, Record
from service.log.open import LogSettings
from service.percept import Source, percept_json
from service.pipeline import Line, advance, marks_of
from service.raw import raw_form
from service.shard import Turn
from service.streams import Streams
from service.worker import Tally
from tests.service.machine import TOPIC, job

NUMBER = FieldSchema(type="number", encoder="scalar")
SCHEMA = TopicSchema(
    time=TimeKey(path="time", unit="s"),
    id=IdKey(path="id"),
    fields={
        "temperature": FieldSchema(
            type="number", encoder="scalar", unit="degC", unit_path="unit", low=-40.0, high=85.0
        ),
        "pressure": NUMBER,
        "total": FieldSchema(type="counter", encoder="scalar"),
        "door": FieldSchema(type="boolean", encoder="boolean"),
    },
)
Body = dict[str, Any]
JSON = JsonMessages()


@pytest.fixture(scope="module")
def core() -> Core:
    return Core.build(job(Path(), LogSettings()).core)


def body(tick: int, **changes: Any) -> Body:
    """One calm message."""
    calm = {
        "id": "a",
        "time": 1_700_000_000 + tick,
        "unit": "Cel",
        "temperature": round(20.0 + math.sin(tick), 3),
        "pressure": 1000.0 + tick % 7,
        "total": 10 * tick,
        "door": tick % 3 == 0,
    }
    return calm | changes


def answered(core: Core, bodies: Sequence[Body], split: int = 10_000, reader: Format = JSON) -> list[Draft]:
    line = replace(Line.of(job(Path(), LogSettings()), core, 0), schema=SCHEMA, format=reader)
    streams = Streams.empty(core)
    records = [Record(TOPIC, 0, offset, 0, b"a", orjson.dumps(sent), ()) for offset, sent in enumerate(bodies)]
    answers: list[Draft] = []
    for first in range(0, len(records), split):
        answers += advance(line, streams, records[first : first + split])
    return answers


def percepts(answers: Sequence[Draft]) -> list[Body]:
    return [orjson.loads(answer.value or b"") for answer in answers]


def marked(answers: Sequence[Draft]) -> dict[int, set[str]]:
    """Message -> its marks: those of the reading by their words, those of a field as "field:mark"; only where any."""
    found: dict[int, set[str]] = {}
    for place, percept in enumerate(percepts(answers)):
        words = set[str](percept.get("marks", ()))
        for path, cell in percept["fields"].items():
            words |= {f"{path}:{mark}" for mark in cell.get("marks", ())}
        if words:
            found[place] = words
    return found


def calm(count: int) -> list[Body]:
    return [body(tick) for tick in range(count)]


def test_calm_messages_carry_no_mark(core: Core) -> None:
    answers = answered(core, calm(150))
    assert marked(answers) == {}
    assert marks_of(answers, f"{TOPIC}.percepts") == {}
    assert all("marks" not in percept for percept in percepts(answers))


def test_a_value_of_another_kind_is_marked(core: Core) -> None:
    bodies = [*calm(10), body(10, temperature="broken", door="ajar"), *[body(tick) for tick in range(11, 20)]]
    assert marked(answered(core, bodies)) == {10: {"temperature:type", "door:type"}}


def test_a_value_in_another_unit_is_converted_and_marked(core: Core) -> None:
    fahrenheit = [body(tick, unit="degF", temperature=1.8 * body(tick)["temperature"] + 32.0) for tick in range(50, 55)]
    bodies = [*calm(50), *fahrenheit, body(55, unit="kPa")]
    answers = answered(core, bodies)
    assert marked(answers) == {tick: {"temperature:unit"} for tick in range(50, 56)}
    cells = [percept["fields"]["temperature"] for percept in percepts(answers)]
    assert [cell["quality"] for cell in cells[50:]] == ["ok"] * 5 + ["bad"]
    assert cells[52]["raw"] == pytest.approx(1.8 * body(52)["temperature"] + 32.0)
    assert abs(cells[52]["perceived"] - body(52)["temperature"]) < 3.0


def test_a_unit_that_flips_without_a_word_is_marked_from_the_fourth_message_on(core: Core) -> None:
    flipped = [body(tick, pressure=body(tick)["pressure"] / 14.503774) for tick in range(60, 75)]
    bodies = [*calm(60), *flipped, *[body(tick) for tick in range(75, 90)]]
    assert marked(answered(core, bodies)) == {tick: {"pressure:unit"} for tick in range(63, 75)}


def test_a_counter_that_falls_is_marked_once(core: Core) -> None:
    bodies = [*calm(10), *[body(tick, total=10 * (tick - 10)) for tick in range(10, 20)]]
    assert marked(answered(core, bodies)) == {10: {"total:reset"}}


def test_a_value_that_stands_still_is_marked(core: Core) -> None:
    bodies = [*calm(60), *[body(tick, pressure=1002.0) for tick in range(60, 100)], body(101)]
    told = marked(answered(core, bodies))
    assert told == {tick: {"pressure:stuck"} for tick in range(93, 100)}


def test_a_field_that_stays_away_is_marked(core: Core) -> None:
    silent = [{key: value for key, value in body(tick).items() if key != "pressure"} for tick in range(20, 40)]
    assert marked(answered(core, [*calm(20), *silent, body(40)])) == {
        tick: {"pressure:stale"} for tick in range(28, 40)
    }


def test_values_out_of_range_are_marked(core: Core) -> None:
    bodies = [*calm(40), body(40, temperature=90.0), body(41, pressure=-9999.0), *[body(t) for t in range(42, 60)]]
    assert marked(answered(core, bodies)) == {40: {"temperature:range"}, 41: {"pressure:range"}}


def test_messages_again_late_and_out_of_order_are_marked(core: Core) -> None:
    bodies = calm(30)
    sent = [
        *bodies[:20],
        bodies[19],
        *bodies[20:25],
        bodies[26],
        bodies[25],
        bodies[27],
        body(5, door=None),
        bodies[28],
    ]
    assert marked(answered(core, sent)) == {
        20: {"duplicate"},
        27: {"out-of-order"},
        29: {"late", "out-of-order"},
    }


def test_marks_are_counted_and_do_not_depend_on_the_split(core: Core) -> None:
    bodies = calm(60)
    bodies[30] |= {"temperature": "broken", "door": "ajar"}
    bodies[31] |= {"temperature": 99.0}
    bodies.insert(40, bodies[39])
    answers = answered(core, bodies)
    assert marks_of(answers, f"{TOPIC}.percepts") == Counter({"type": 1, "range": 1, "duplicate": 1})
    assert [dict(answer.headers).get("ce_marks") for answer in answers][30:32] == [b"type", b"range"]
    assert answered(core, bodies, split=7) == answers


def test_counts_add_up_and_are_shown() -> None:
    tally = Tally()
    tally.add(Turn(10, 10, marks={"stuck": 3, "gap": 1}))
    tally.add(Turn(10, 10, marks={"gap": 1234}))
    assert tally.marks == {"stuck": 3, "gap": 1235}
    assert "marked gap 1,235 stuck 3" in status_line(Status(marks=dict(tally.marks)), 1.0)
    assert "marked" not in status_line(Status(), 1.0)


@pytest.mark.slow
def test_the_bundled_recording_gives_few_marks(core: Core) -> None:
    line = Line.of(job(Path(), LogSettings()), core, 0)
    schema = TopicSchema(time=TimeKey(path="time", unit="s"), id=IdKey(path="host"))
    messages = read_recording(PACKAGED, seconds=1200.0)
    records = [Record(TOPIC, 0, k, 0, message.key, message.value, ()) for k, message in enumerate(messages)]
    counts = marks_of(advance(replace(line, schema=schema), Streams.empty(core), records), f"{TOPIC}.percepts")
    assert counts.total() <= 20
    assert counts.keys() <= {"range"}


def test_large_values_are_told_by_their_shape() -> None:
    assert raw_form([1, 2.5, None]) == [1, 2.5, None]
    assert raw_form(np.zeros((480, 640), np.uint8)) == {"shape": [480, 640], "dtype": "uint8"}
    assert raw_form(np.arange(3.0)) == [0.0, 1.0, 2.0]
    assert raw_form(b"1234") == {"shape": [4], "dtype": "bytes"}
    assert raw_form([0.0] * 17) == {"shape": [17], "dtype": "list"}
    assert raw_form([[1.0, 2.0], [3.0]]) == {"shape": [2], "dtype": "list"}
    assert raw_form([]) == []


def test_whatever_was_sent_makes_a_percept() -> None:
    raw = {"huge": 10**400, "wide": 2**70, "text": "\ud800", "list": [2**70, b"x"], "key": {1: "\udfff"}}
    cells: Body = {path: {"raw": value} for path, value in raw.items()}
    written = orjson.loads(percept_json("a", 1.0, 1, "w", 0.5, 0.1, cells, Source("t", 0, 1)))
    assert written["fields"]["wide"]["raw"] == str(2**70)
    assert written["fields"]["text"]["raw"] == "?"
    assert written["fields"]["key"]["raw"] == {"1": "?"}


@dataclass(frozen=True)
class Noting:
    """A format whose messages note things about their values: the keys of Notes beside the fields."""

    name: str = "noting"
    time: TimeKey | None = None
    id_path: str | None = None
    many: bool = False

    def sniff(self, message: Message) -> float:
        """See Format."""
        return 0.0 * len(message.value or b"")

    def parse(self, message: Message, memory: FormatMemory) -> list[Parsed]:
        """See Format."""
        del memory
        told = orjson.loads(message.value or b"")
        sequence, stored = told.pop("sequence", None), told.pop("stored", False)
        notes = Notes(units=told.pop("units", {}), reasons=told.pop("reasons", {}), sigmas=told.pop("sigmas", {}))
        return [Parsed(told, notes, sequence, stored)]


def test_what_messages_note_is_heeded(core: Core) -> None:
    bodies = [body(tick, sequence=tick) for tick in range(20)]
    bodies[10]["sequence"] = bodies[9]["sequence"]
    bodies[12] |= {"units": {"temperature": "K"}, "temperature": 293.15}
    bodies[13] |= {"reasons": {"temperature": "stale", "pressure": "uncertain"}}
    bodies[14] |= {"stored": True, "sequence": 15}
    answers = answered(core, bodies, reader=Noting())
    assert marked(answers) == {
        10: {"duplicate"},
        11: {"gap"},
        12: {"temperature:unit"},
        13: {"temperature:stale"},
        14: {"late", "gap"},
        15: {"duplicate"},
    }
    cells = percepts(answers)[13]["fields"]
    assert (cells["temperature"]["reason"], cells["pressure"]["reason"]) == ("stale", "uncertain")
    assert "reason" not in percepts(answers)[12]["fields"]["temperature"]


def test_a_reading_that_its_sensor_doubts_counts_less(core: Core) -> None:
    jump = {"temperature": 24.0}
    told: list[dict[str, Any]] = [{}, {"sigmas": {"temperature": 50.0}}]
    lives = [[*calm(60), body(60, **jump, **noted), body(61, **jump, **noted)] for noted in told]
    sure, doubted = (answered(core, life, reader=Noting()) for life in lives)
    gains = [percepts(answers)[61]["fields"]["temperature"]["gain"] for answers in (sure, doubted)]
    assert gains[1] < 0.5 * gains[0]

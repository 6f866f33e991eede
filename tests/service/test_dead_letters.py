"""Whatever comes in, of any format: each message is answered by its percepts or by one dead letter that holds it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from encoders.formats.contract import REASONS, Message
from encoders.formats.decoding import decode
from encoders.schema import TopicSchema
from plastic_core.core import Core, CoreConfig
from service.log.contract import Record
from service.log.open import LogSettings
from service.pipeline import Line, advance
from service.streams import Streams
from tests.contracts.format_examples import EXAMPLES
from tests.contracts.mutants import mutant
from tests.contracts.registry import reader_of
from tests.service.machine import TOPIC, job

MUTANTS = 400
CORE = CoreConfig(neurons=4, width=16)


@pytest.fixture(scope="module")
def core() -> Core:
    return Core.build(CORE)


def records(messages: list[Message]) -> list[Record]:
    return [
        Record(TOPIC, 0, offset, 1_790_000_000_000, message.key, message.value, message.headers)
        for offset, message in enumerate(messages)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_nothing_is_lost(core: Core, name: str) -> None:
    rng = random.Random(f"letters {name}")  # noqa: S311 -- not for secrets
    given = records([mutant(rng, rng.choice(EXAMPLES[name])) for _ in range(MUTANTS)] + list(EXAMPLES[name]))
    schema = TopicSchema(format=name)
    work = replace(job(Path(), LogSettings()), schema=schema, access=reader_of.access, core=CORE)
    answers = advance(Line.of(work, core, 0), Streams.empty(core), given)

    messages = [Message(record.key, record.value, TOPIC, record.headers, 1_790_000_000.0) for record in given]
    found = decode(reader_of(name), messages, schema, {})
    letters = [
        dict(answer.headers) | {"": answer.value} for answer in answers if answer.topic == work.dead_letters_topic
    ]
    percepts = [answer for answer in answers if answer.topic == work.percepts_topic]
    assert len(percepts) + len(letters) == len(answers)
    assert len(percepts) == len(found)
    assert [int(letter["dlq_offset"]) for letter in letters] == [reject.source for reject in found.rejects]
    assert found.rejects
    for letter in letters:
        assert letter["dlq_reason"].decode() in REASONS
        assert letter["dlq_error"]
        assert letter[""] == given[int(letter["dlq_offset"])].value
    assert len({dict(percept.headers)["ce_id"] for percept in percepts}) == len(percepts)

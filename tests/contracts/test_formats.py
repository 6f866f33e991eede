"""What every wire format promises (encoders/formats/contract.py). A new format adds messages to format_examples."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encoders.formats.catalogue import FORMATS, Listed
from encoders.formats.contract import REASONS, Format, Message
from encoders.formats.decoding import decode
from encoders.formats.detect import detect
from encoders.reading import Readings
from encoders.schema import IdKey, TimeKey, TopicSchema
from tests.contracts.format_examples import EXAMPLES
from tests.contracts.mutants import mutant
from tests.contracts.registry import reader_of

MUTANTS = 2500
each = pytest.mark.parametrize("name", sorted(EXAMPLES))


def schema_of(reader: Format) -> TopicSchema:
    """The keys that the format itself gives, else those of the examples."""
    time = reader.time or TimeKey(path="time", unit="s")
    return TopicSchema(format=reader.name, time=time, id=IdKey(path=reader.id_path or "host"))


def check(reader: Format, messages: Sequence[Message], memory: dict[str, object] | None = None) -> Readings:
    """Each message gives readings or one reject, in order, whatever its bytes."""
    readings = decode(reader, messages, schema_of(reader), memory)
    sources = readings.source.tolist()
    rejected = [reject.source for reject in readings.rejects]
    assert sources == sorted(sources)
    assert rejected == sorted(set(rejected))
    assert not set(sources) & set(rejected)
    assert len(readings) == len(list(readings.fields)) == len(readings.times) == len(sources)
    assert all(isinstance(stream, str) and stream for stream in readings.streams)
    assert all(isinstance(path, str) for fields in readings.fields for path in fields)
    for extra in (readings.notes, readings.sequences, readings.historical):
        assert set(extra) <= set(range(len(readings)))
    for reject in readings.rejects:
        assert reject.reason in REASONS
        assert reject.detail
        assert "\n" not in reject.detail
    return readings


def test_each_format_has_an_example() -> None:
    assert set(EXAMPLES) == set(FORMATS)
    assert all(reader_of(name).name == name for name in FORMATS)
    assert all(isinstance(listed, Listed) for listed in FORMATS.values())


@each
def test_examples_are_read(name: str) -> None:
    readings = check(reader_of(name), EXAMPLES[name])
    assert not readings.rejects
    assert len(readings) > 0


@each
def test_examples_are_recognised_by_themselves(name: str) -> None:
    assert detect(EXAMPLES[name], reader_of.access).format == name


@each
def test_no_mutant_makes_it_raise_and_those_not_read_are_rejected_with_a_reason(name: str) -> None:
    rng = random.Random(20260921)  # noqa: S311 -- not for secrets
    mutants = [mutant(rng, rng.choice(EXAMPLES[name])) for _ in range(MUTANTS)]
    reader = reader_of(name)
    readings = check(reader, mutants)
    assert readings.rejects
    assert all(0.0 <= reader.sniff(message) <= 1.0 for message in mutants[:500])


@each
@settings(max_examples=150, deadline=None)
@given(key=st.none() | st.binary(max_size=40), value=st.none() | st.binary(max_size=200), fallback=st.text(max_size=5))
def test_no_bytes_make_it_raise(name: str, key: bytes | None, value: bytes | None, fallback: str) -> None:
    message = Message(key, value, fallback)
    check(reader_of(name), [message])
    assert 0.0 <= reader_of(name).sniff(message) <= 1.0


@each
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_messages_are_read_the_same_however_they_are_cut_into_batches(name: str, data: st.DataObject) -> None:
    examples = st.sampled_from(list(EXAMPLES[name]))
    messages = data.draw(st.lists(examples | st.builds(Message, st.just(b"k"), st.binary(max_size=30)), max_size=8))
    cut = data.draw(st.integers(0, len(messages)))
    reader, memory = reader_of(name), dict[str, object]()
    whole = check(reader, messages, dict[str, object]())
    parts = [check(reader, messages[:cut], memory), check(reader, messages[cut:], memory)]
    assert [stream for part in parts for stream in part.streams] == whole.streams
    assert repr([fields for part in parts for fields in part.fields]) == repr(list(whole.fields))
    times = [time for part in parts for time in part.times.tolist()]
    assert repr(times) == repr(whole.times.tolist())
    assert sum(len(part.rejects) for part in parts) == len(whole.rejects)


@each
def test_its_memory_is_plain_json_and_changed_only_by_what_is_read(name: str) -> None:
    rng = random.Random(7)  # noqa: S311 -- not for secrets
    reader, memory = reader_of(name), dict[str, object]()
    check(reader, EXAMPLES[name], memory)
    for _ in range(300):
        before = copy.deepcopy(memory)
        if check(reader, [mutant(rng, rng.choice(EXAMPLES[name]))], memory).rejects:
            assert memory == before
    assert json.loads(json.dumps(memory)) == memory


@each
def test_times_are_seconds_or_unknown(name: str) -> None:
    times = check(reader_of(name), EXAMPLES[name]).times.tolist()
    assert all(math.isnan(time) or abs(time) < 1e11 for time in times)

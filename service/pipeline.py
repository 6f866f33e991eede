"""The straight line: message bytes in, percepts out.

    bytes -> readings -> x, mask -> mixed with expectation -> plastic step -> next expectation -> percept -> bytes

Each stage takes a wave: one reading each of many streams. What a stream learns and answers follows from its own records
in their order, and from nothing else: not from its mates, the split into batches, a clock or a random generator.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

import numpy as np

from encoders.circumstances import Circumstances, circumstances
from encoders.formats.catalogue import format_named
from encoders.formats.contract import Format, Message
from encoders.formats.decoding import decode
from encoders.plan import EncodedRows, Plan
from encoders.reading import Fields, Readings, Reject, picked
from encoders.schema import TopicSchema
from plastic_core.core import Core
from plastic_core.novelty.judgement import Judgement
from plastic_core.state import Float32, Float64
from service.job import Job
from service.log.contract import Draft, Headers, Record
from service.percept import Source, percept_json
from service.reach import reached
from service.streams import Members, Streams, waves
from service.view import Believed, field_rows, sensor_surprise, suspicions

MARKS = "ce_marks"
"""Header of a percept with everything that is suspicious about its reading, separated by commas."""


@dataclass(frozen=True)
class Line:
    """What the line needs beside the memories; the same for every record of a partition."""

    core: Core
    schema: TopicSchema
    format: Format
    topic: str
    partition: int
    percepts_topic: str
    dead_letters_topic: str

    @staticmethod
    def of(job: Job, core: Core, partition: int) -> Line:
        """The line of one partition of a job."""
        return Line(
            core,
            job.schema,
            format_named(job.schema.format, job.access),
            job.topic,
            partition,
            job.percepts_topic,
            job.dead_letters_topic,
        )


def advance(line: Line, streams: Streams, records: Sequence[Record]) -> list[Draft]:
    """Live through records, in order: change the memories in place, answer each with its percepts or one dead letter.

    Raises Unavailable, and then nothing has changed.
    """
    messages = [message_of(record, line.topic) for record in records]
    readings = decode(line.format, messages, line.schema, streams.format_memory)
    percepts: list[Draft] = [_unanswered(line)] * len(readings)
    rows = streams.admit(readings.streams)
    for wave in waves(rows):
        for members in streams.members(wave, rows, readings.fields, line.schema):
            for reading, percept in zip(members.readings, live(line, streams, readings, members, records), strict=True):
                percepts[reading] = percept
    letters = [(reject.source, dead_letter(line, records[reject.source], reject)) for reject in readings.rejects]
    answers: list[tuple[int, Draft]] = [*zip(readings.source.tolist(), percepts, strict=True), *letters]
    answers.sort(key=itemgetter(0))
    return [answer for _, answer in answers]


def message_of(record: Record, fallback: str = "") -> Message:
    """A record as the formats read it. fallback: the stream of readings that name none."""
    return Message(record.key, record.value, fallback, record.headers, record.timestamp_ms / 1000.0)


def live(line: Line, streams: Streams, readings: Readings, members: Members, records: Sequence[Record]) -> list[Draft]:
    """One tick of streams that share a plan: [B] percepts, in the order of `members.readings`."""
    fields = picked(readings.fields, members.readings)
    times = readings.times[members.readings]
    came = circumstances(readings, members.readings)
    tick = perceive(line.core, streams, members, fields, times, came)

    plan = members.cohort.plan
    percepts: list[Draft] = []
    for place, (reading, perceived, (own, marks)) in enumerate(
        zip(members.readings, field_rows(plan, fields, came, tick.believed), suspicions(tick.encoded), strict=True)
    ):
        record = records[int(readings.source[reading])]
        value = percept_json(
            readings.streams[reading],
            float(times[place]),
            tick.revisions[place],
            line.core.version,
            tick.surprises[place],
            float(tick.plasticity[place]),
            perceived,
            Source(record.topic, record.partition, record.offset),
            own,
            novelty=float(tick.judged.novelty[place]),
            onset=float(tick.judged.onset[place]),
            regime=bool(tick.judged.regime[place]),
        )
        percepts.append(_percept(line, record, readings.streams[reading], readings.nth[reading], marks, value))
    return percepts


@dataclass(frozen=True)
class Tick:
    """What a wave of B streams that share a plan made of its readings."""

    plan: Plan
    encoded: EncodedRows
    believed: Believed
    surprises: list[float]
    """[B], sigmas."""
    judged: Judgement
    plasticity: Float32
    """float32[B]: norm of the trace's write."""
    revisions: list[int]
    """[B]: ticks lived through, this one included."""


def perceive(
    core: Core, streams: Streams, members: Members, fields: Sequence[Fields], times: Float64, came: Circumstances
) -> Tick:
    """Encode, mix, judge, learn, step, expect: one reading each, [B], of the members, whose memories change."""
    memory, rows = streams.memory, members.rows
    plan, state = members.cohort.plan, members.cohort.state[members.places]
    used = np.full(len(rows), plan.used, dtype=np.int64)

    encoded = plan.encode(fields, times, state, came)
    known = memory.sensed[rows] > 0
    given = np.full(len(rows), plan.given, dtype=np.int64)
    mixture = core.mix(
        memory,
        rows,
        encoded.x,
        encoded.sensed,
        used,
        encoded.noise,
        times=times,
        given=given,
        measured=plan.measured,
    )
    translation = plan.translation(state, encoded.state)
    beyond = reached(plan, fields, times, came, encoded, translation)
    judged = core.judge(memory, rows, mixture, used, beyond)
    worth = core.worth(memory, rows, mixture)
    core.learn(memory, rows, mixture, used)
    plasticity = core.step(memory, rows, mixture, used, worth)
    core.expect(memory, rows, mixture, used)

    believed = Believed(
        expected=plan.decode(mixture.foretold, encoded.coding),
        perceived=plan.decode(mixture.mixed, encoded.coding),
        sigma=plan.spread(mixture.deviation, encoded.coding),
        known=known,
        mixture=mixture,
        quality=encoded.quality,
        marks=encoded.marks,
    )

    members.cohort.state[members.places] = encoded.state
    if translation is not None:
        core.rescale(memory, rows, *translation)
    return Tick(
        plan,
        encoded,
        believed,
        sensor_surprise(plan, mixture).tolist(),
        judged,
        plasticity,
        memory.revision[rows].tolist(),
    )


def dead_letter(line: Line, record: Record, reject: Reject) -> Draft:
    """The message as it came, with why it could not be read and where it lies."""
    headers: Headers = (
        *record.headers,
        ("dlq_reason", reject.reason.encode()),
        ("dlq_error", reject.detail.encode()),
        ("dlq_topic", record.topic.encode()),
        ("dlq_partition", str(record.partition).encode()),
        ("dlq_offset", str(record.offset).encode()),
        ("dlq_time", _iso(record.timestamp_ms).encode()),
    )
    return Draft(record.value, record.key, headers, line.partition, record.timestamp_ms, line.dead_letters_topic)


def marks_of(drafts: Sequence[Draft], topic: str) -> Counter[str]:
    """How many percepts among these answers carry each mark. topic: where percepts go."""
    marked = (value for draft in drafts if draft.topic == topic for name, value in draft.headers if name == MARKS)
    return Counter(mark for value in marked for mark in value.decode().split(","))


def _percept(line: Line, record: Record, stream: str, nth: int, marks: Sequence[str], value: bytes) -> Draft:
    """The percept as a CloudEvent in binary mode, keyed by its stream, beside the record that caused it.

    nth: which reading of the record it answers; the first one's id is the record's own place. marks: all that it
    carries, so that who looks for them need not read percepts.
    """
    place = f"{record.topic}-{record.partition}-{record.offset}"
    headers: Headers = (
        ("content-type", b"application/json"),
        ("ce_specversion", b"1.0"),
        ("ce_type", b"plastream.percept"),
        ("ce_source", f"/plastream/{record.topic}/{record.partition}".encode()),
        ("ce_id", (f"{place}-{nth}" if nth else place).encode()),
        ("ce_time", _iso(record.timestamp_ms).encode()),
        ("source_offset", str(record.offset).encode()),
        *(((MARKS, ",".join(marks).encode()),) if marks else ()),
        *(header for header in record.headers if header[0] == "traceparent"),
    )
    return Draft(value, stream.encode(), headers, line.partition, record.timestamp_ms, line.percepts_topic)


def _unanswered(line: Line) -> Draft:
    return Draft(None, topic=line.dead_letters_topic)


def _iso(timestamp_ms: int) -> str:
    return datetime.fromtimestamp(timestamp_ms / 1000.0, UTC).isoformat(timespec="milliseconds")

"""The one place that joins parts: settings become a log, a core and a job."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from encoders.formats.catalogue import Access
from encoders.schema.clash import clash
from encoders.schema.infer import infer
from encoders.schema.pin import Pins, overlaid, pinned, typed, unkept
from encoders.schema.pins_file import PinsError, read_pins
from encoders.schema.topic import TopicSchema
from plastic_core.core import CoreConfig
from plastic_core.economy import EconomySettings
from plastic_core.mixing.settings import MixingSettings
from service.errors import SchemaClashError, UsageError, WaitError
from service.job import Job
from service.log.contract import Draft, Log, Record
from service.log.open import LogSettings
from service.pipeline import message_of
from service.settings import Settings

SCHEMA_KEY = b"schema"
"""Key of the records in the control topic that say what the messages of the input topic look like."""


def core_config(settings: Settings) -> CoreConfig:
    """The network that the settings describe."""
    core = settings.core
    return CoreConfig(
        neurons=core.neurons,
        width=core.width,
        rule=core.rule,
        seed=core.seed,
        mixing=MixingSettings(strategy=core.mixing),
        economy=EconomySettings(core.economy),
    )


def log_settings(settings: Settings) -> LogSettings:
    """The log that the settings describe."""
    given = settings.log.model_dump()
    for secret in ("sasl_password", "ssl_key_password"):
        value = getattr(settings.log, secret)
        given[secret] = value.get_secret_value() if value is not None else None
    return LogSettings(**given)


def format_access(settings: Settings) -> Access:
    """How formats reach the schema registry that the settings name."""
    given = settings.registry
    return Access(given.url, given.username, given.password.get_secret_value() if given.password else None)


def job(settings: Settings, schema: TopicSchema) -> Job:
    """What every worker is told."""
    return Job(
        log=log_settings(settings),
        topic=settings.input.topic,
        schema=schema,
        snapshots=(settings.snapshot_directory / settings.input.group / settings.input.topic).absolute(),
        group=settings.input.group,
        prefix=settings.output.prefix,
        core=core_config(settings),
        access=format_access(settings),
        start=settings.input.start,
        turn_records=settings.workers.turn_records,
        snapshot_every_s=settings.snapshots.every_s,
        snapshots_kept=settings.snapshots.keep,
    )


def make_input_topic(log: Log, settings: Settings) -> None:
    """On the embedded log make the input topic where it is missing; on Kafka a missing one is the user's to make."""
    if settings.log.kind == "embedded" and settings.input.topic not in log.topics():
        log.create_topic(settings.input.topic, settings.input.partitions)


def prepare_topics(log: Log, settings: Settings) -> int:
    """Make sure that all topics exist; returns the partitions of the input topic.

    Raises TopicMissing.
    """
    make_input_topic(log, settings)
    topics = log.topics()
    partitions = len(log.spans(settings.input.topic))
    for topic, count in (
        (settings.percepts_topic, partitions),
        (settings.dead_letter_topic, partitions),
        (settings.control_topic, 1),
    ):
        if topic not in topics:
            log.create_topic(topic, count)
        elif topics[topic] != count:
            raise UsageError(
                f"topic {topic} has {topics[topic]} partitions, {count} are needed (as many as {settings.input.topic}"
                " has): choose another output.prefix"
            )
    return partitions


def topic_schema(
    log: Log, settings: Settings, *, patience_s: float | None = None, waiting: Callable[[str], None] = lambda _: None
) -> TopicSchema:
    """The schema in force: the one kept in the control topic, else inferred from the first messages and kept there.

    It is a record in the log, so that every worker and every replay reads the messages alike. patience_s: how long to
    wait for a first message (None: for ever); `waiting` is told once when that begins. Raises WaitError when none
    comes, Unavailable when a schema registry does not answer, SchemaClashError when the settings contradict the
    messages or the kept schema.
    """
    kept, pins = kept_schema(log, settings), schema_pins(settings)
    if kept is not None:
        _refuse_clashes(settings, pins, kept, unkept(pins, kept))
        return kept
    messages = _first_messages(log, settings, patience_s, waiting)
    inferred = infer(
        [message_of(record) for record in messages],
        format_access(settings),
        pins.format,
        time_path=pins.time_path,
        id_path=pins.id_path,
    )
    _refuse_clashes(settings, pins, inferred)
    schema = overlaid(inferred, pinned(pins, inferred))
    log.append(settings.control_topic, [Draft(schema.model_dump_json().encode(), key=SCHEMA_KEY, partition=0)])
    return schema


def kept_schema(log: Log, settings: Settings) -> TopicSchema | None:
    """The schema in force, None before there is one."""
    span = log.spans(settings.control_topic)[0]
    offset, newest = span.first, None
    while offset < span.end:
        records = log.read(settings.control_topic, 0, offset, 1000, timeout_s=1.0)
        if not records:
            break
        offset = records[-1].offset + 1
        newest = next((r.value for r in reversed(records) if r.key == SCHEMA_KEY), newest)
    return None if newest is None else TopicSchema.model_validate_json(newest)


def schema_pins(settings: Settings) -> Pins:
    """What the settings decide about the messages, over what the schema file does. Raises UsageError."""
    given = settings.input
    own = Pins(time_path=given.time_path, id_path=given.id_path, rules=typed(given.fields))
    try:
        return own if given.schema_file is None else own.over(read_pins(given.schema_file))
    except PinsError as error:
        raise UsageError(str(error)) from None


def _refuse_clashes(settings: Settings, pins: Pins, schema: TopicSchema, more: Sequence[str] = ()) -> None:
    clashes = [*clash(pinned(pins, schema), schema), *more]
    if clashes:
        raise SchemaClashError(
            f"the settings contradict the messages of {settings.input.topic}: {'; '.join(clashes)}; correct the input"
            " section, or give another topic or group"
        )


def _first_messages(
    log: Log, settings: Settings, patience_s: float | None, waiting: Callable[[str], None]
) -> list[Record]:
    """The first messages that the topic still holds, from all its partitions, at least one."""
    deadline_s = None if patience_s is None else time.monotonic() + patience_s
    told = False
    while True:
        found = _held_messages(log, settings)
        if found:
            return found
        if not told:
            waiting(f"waiting for the first message in {settings.input.topic}")
            told = True
        if deadline_s is not None and time.monotonic() > deadline_s:
            raise WaitError(f"no message came into {settings.input.topic}: send some, or correct input.topic")
        span = log.spans(settings.input.topic)[0]
        log.read(settings.input.topic, 0, span.end, 1, timeout_s=0.5)


def _held_messages(log: Log, settings: Settings) -> list[Record]:
    found: list[Record] = []
    for partition, span in log.spans(settings.input.topic).items():
        if span.end > span.first and len(found) < settings.input.schema_messages:
            wanted = settings.input.schema_messages - len(found)
            found += log.read(settings.input.topic, partition, span.first, wanted, timeout_s=1.0)
    return found

"""The wire formats by name: a literal one can read, each loaded when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import MappingProxyType

from encoders.formats.contract import Format


@dataclass(frozen=True)
class Listed:
    """Where a format lives."""

    module: str
    kind: str
    """Its class; takes `access: Access` where it asks the outside."""
    extra: str | None = None
    """The extra of the distribution that installs what it needs."""
    asks: bool = False
    """Whether it asks the outside."""


@dataclass(frozen=True)
class Access:
    """How to reach what some formats ask: the schema registry."""

    registry_url: str | None = None
    registry_user: str | None = None
    registry_password: str | None = field(default=None, repr=False)
    """Held by the process that reads; never written into a schema or a log."""


NO_ACCESS = Access()
"""Nothing outside can be asked."""

FORMATS: Mapping[str, Listed] = MappingProxyType(
    {
        "image": Listed("encoders.formats.images", "Images", "media"),
        "wav": Listed("encoders.formats.wav_audio", "WavAudio"),
        "mcap": Listed("encoders.formats.mcap_files", "McapFiles", "ros"),
        "ros2": Listed("encoders.formats.ros2", "Ros2", "ros"),
        "arrow": Listed("encoders.formats.arrow_batches", "ArrowBatches", "arrow"),
        "confluent+avro": Listed("encoders.formats.registry.avro", "ConfluentAvro", "avro", asks=True),
        "confluent+protobuf": Listed("encoders.formats.registry.protobuf", "ConfluentProtobuf", "protobuf", asks=True),
        "confluent+json": Listed("encoders.formats.registry.json_schema", "ConfluentJson", "json-schema", asks=True),
        "sparkplug": Listed("encoders.formats.sparkplug", "Sparkplug"),
        "otlp+protobuf": Listed("encoders.formats.otlp_protobuf", "OtlpProtobuf"),
        "otlp+json": Listed("encoders.formats.otlp_json", "OtlpJson"),
        "cloudevents+json": Listed("encoders.formats.cloudevents", "CloudEvents"),
        "senml+json": Listed("encoders.formats.senml", "SenmlJson"),
        "senml+cbor": Listed("encoders.formats.senml", "SenmlCbor"),
        "influx": Listed("encoders.formats.line_protocol", "LineProtocol"),
        "cbor": Listed("encoders.formats.cbor_messages", "CborMessages"),
        "msgpack": Listed("encoders.formats.msgpack_messages", "MsgpackMessages"),
        "ndjson": Listed("encoders.formats.ndjson", "Ndjson"),
        "json": Listed("encoders.formats.json_messages", "JsonMessages"),
        "csv": Listed("encoders.formats.csv_lines", "CsvLines"),
        "number": Listed("encoders.formats.bare_number", "BareNumber"),
    }
)
"""What `TopicSchema.format` may say, from the most to the least particular: of two that are equally sure of a message
the first one has it."""


class FormatError(ValueError):
    """No such format, or it needs an extra that is not installed; the message says what to do."""


@cache
def format_named(name: str, access: Access = NO_ACCESS) -> Format:
    """The format of that name. Raises FormatError."""
    listed = FORMATS.get(name)
    if listed is None:
        raise FormatError(f"unknown format {name!r}; known are {', '.join(sorted(FORMATS))}")
    try:
        kind = getattr(import_module(listed.module), listed.kind)
    except ImportError as error:
        raise FormatError(f"format {name} needs {error.name}: pip install 'plastream[{listed.extra}]'") from error
    reader: Format = kind(access) if listed.asks else kind()
    return reader

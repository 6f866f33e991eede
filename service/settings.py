"""What can be set: one frozen group per part, each setting explained by its description.

`plastream config schema` prints this as JSON Schema, docs/config.md as text; `service/layers.py` reads the values from
flags, environment, secrets files and YAML. Nothing here looks at the outside by itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from encoders.schema.topic import FieldType

TopicName = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,200}$")]
"""A name that Kafka allows, with room left for suffixes such as .percepts."""


class Group(BaseModel):
    """Settings of one part: unchangeable, and nothing unknown among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LogGroup(Group):
    """Where records come from and where results go."""

    kind: Literal["embedded", "kafka"] = Field(
        default="embedded", description="embedded: files on this machine; or kafka"
    )
    directory: Path = Field(default=Path("plastream-data"), description="folder of the embedded log")
    synchronous: Literal["full", "normal"] = Field(
        default="full", description="embedded: full survives a power cut, normal (faster) a killed process"
    )
    brokers: str = Field(default="localhost:9092", description="kafka: host:port[,host:port...]", min_length=1)
    driver: Literal["kafka-python", "confluent"] = Field(
        default="kafka-python", description="kafka client; confluent is faster and needs plastream[fast-kafka]"
    )
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="kafka: protocol towards the brokers"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="kafka: how to log in where security is SASL_..."
    )
    sasl_username: str | None = Field(default=None, description="kafka: user name")
    sasl_password: SecretStr | None = Field(default=None, description="kafka: password; better in a secrets file")
    ssl_ca_file: Path | None = Field(default=None, description="kafka: PEM file of the authority, if private")
    ssl_certificate_file: Path | None = Field(default=None, description="kafka: PEM file of this client's certificate")
    ssl_key_file: Path | None = Field(default=None, description="kafka: PEM file of this client's key")
    ssl_key_password: SecretStr | None = Field(default=None, description="kafka: password of that key")


class InputGroup(Group):
    """Which messages are read, and what is known about them beforehand."""

    topic: TopicName = Field(default="sensors", description="topic of the sensor messages")
    partitions: int = Field(default=4, ge=1, le=10_000, description="used where the embedded log must create the topic")
    group: TopicName = Field(default="plastream", description="name under which the position in the topic is kept")
    start: Literal["earliest", "latest"] = Field(default="earliest", description="where a new group begins")
    schema_messages: int = Field(
        default=100, ge=1, le=100_000, description="first messages from which the schema is inferred"
    )
    id_path: str | None = Field(default=None, description="field that names the stream; inferred by default")
    time_path: str | None = Field(default=None, description="field with the event time; inferred by default")
    fields: dict[str, FieldType] = Field(
        default_factory=dict[str, FieldType],
        description="field path or glob -> type (number, category, ...), to pin it; see docs/schema.md",
    )
    schema_file: Path | None = Field(
        default=None, description="YAML file that pins the schema: format, time, id, fields; see docs/schema.md"
    )


class RegistryGroup(Group):
    """The schema registry that some messages need (Avro, Protobuf and JSON Schema in Confluent's framing)."""

    url: str | None = Field(default=None, description="http(s)://host:port of the registry", pattern=r"^https?://")
    username: str | None = Field(default=None, description="user name, or key")
    password: SecretStr | None = Field(default=None, description="password, or secret; better in a secrets file")


class OutputGroup(Group):
    """Where results are written."""

    prefix: TopicName | None = Field(
        default=None, description="percepts go to <prefix>.percepts; the input topic's name by default"
    )


class CoreGroup(Group):
    """The plastic network."""

    neurons: int = Field(default=128, ge=1, le=4096, description="N, neurons per stream")
    width: int = Field(default=64, ge=4, le=4096, description="D, channels of the input vector that fields share")
    rule: Literal["hebb", "oja"] = Field(default="hebb", description="how connections learn")
    seed: int = Field(default=0, ge=0, description="of the slow weights; equal seeds give equal networks")
    mixing: Literal["gate", "precision", "fixed", "off"] = Field(
        default="gate", description="how much of a reading is believed; off: all of it, and faults are not overridden"
    )
    economy: float = Field(
        default=0.7, ge=0, lt=1, description="share of ticks, the least surprising, that are not written into the trace"
    )


class WorkersGroup(Group):
    """The processes that do the work."""

    count: int = Field(default=1, ge=1, le=1024, description="workers; more than the topic has partitions are idle")
    turn_records: int = Field(default=2000, ge=1, le=1_000_000, description="most records read and committed at once")
    standby: int = Field(default=1, ge=0, le=64, description="warm spare workers that take over at once")
    heartbeat_timeout_s: float = Field(default=5.0, gt=0, description="silence after which a worker counts as dead")


class SnapshotsGroup(Group):
    """Copies of the memories, from which a restart goes on."""

    directory: Path | None = Field(default=None, description="folder; <log.directory>/snapshots by default")
    every_s: float = Field(default=10.0, gt=0, description="time between snapshots")
    keep: int = Field(default=3, ge=1, description="how many are kept")


class Settings(BaseSettings):
    """Everything that can be set. Made from given values alone: see `service.layers.load` for reading them."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="PLASTREAM_", env_nested_delimiter="__", validate_default=True
    )

    log: LogGroup = LogGroup()
    input: InputGroup = InputGroup()
    registry: RegistryGroup = RegistryGroup()
    output: OutputGroup = OutputGroup()
    core: CoreGroup = CoreGroup()
    workers: WorkersGroup = WorkersGroup()
    snapshots: SnapshotsGroup = SnapshotsGroup()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is handed in counts, so that Settings(...) means the same on every machine."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @property
    def percepts_topic(self) -> str:
        """Where percepts go."""
        return f"{self.output.prefix or self.input.topic}.percepts"

    @property
    def dead_letter_topic(self) -> str:
        """Where messages go that could not be read."""
        return f"{self.input.topic}.dlq"

    @property
    def control_topic(self) -> str:
        """Where what changes the meaning of the input is kept, such as its schema."""
        return f"{self.output.prefix or self.input.topic}.control"

    @property
    def snapshot_directory(self) -> Path:
        """Where snapshots go."""
        return self.snapshots.directory or self.log.directory / "snapshots"


def groups() -> dict[str, type[Group]]:
    """Section name -> its group, in the order in which they are shown."""
    found: dict[str, type[Group]] = {}
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Group):
            found[name] = field.annotation
    return found


def known_keys() -> list[str]:
    """Every setting as section.key, in the order in which they are shown."""
    return [f"{section}.{key}" for section, group in groups().items() for key in group.model_fields]

"""How a Kafka cluster is reached, and what both drivers are told: pure functions from settings to options."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from service.log.contract import LogUnreachable, Retention

Security = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


@dataclass(frozen=True)
class KafkaSettings:
    """A cluster, who we are to it, and how long we wait for it."""

    brokers: str = "localhost:9092"
    """host:port, several separated by commas."""
    security: Security = "PLAINTEXT"
    sasl_mechanism: str = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_key_password: str | None = field(default=None, repr=False)
    connect_timeout_s: float = 15.0
    """How long the first contact may take."""
    request_timeout_s: float = 30.0
    """How long one question to the cluster may take, retries within it included."""
    append_timeout_s: float = 60.0
    """How long an append, and each step of a commit, may wait for the cluster to come back."""
    offsets_timeout_s: float = 10.0
    """How long adding the input position may take once all records of a commit are acknowledged: librdkafka may wait
    there for ever after a restart of the broker, whatever timeout it is given (its issues 5456 and 5511)."""
    transaction_timeout_s: float = 60.0
    """After this the broker aborts a dead writer's transaction, which readers wait for; longer than any commit."""
    compression: Literal["none", "lz4"] = "lz4"
    replication: int = -1
    """Copies of each partition of a topic that we create; -1 leaves it to the broker."""

    @property
    def servers(self) -> list[str]:
        """The brokers one by one."""
        return [name.strip() for name in self.brokers.split(",") if name.strip()]


OUTSTANDING_RECORDS = 20_000
OUTSTANDING_BYTES = 32 * 1024 * 1024
"""Most that is handed to a driver and not yet acknowledged: neither bounds its memory well by itself."""
DELIVERY_TIMEOUT_MS = 24 * 3600 * 1000
"""Longer than anybody waits: an expired batch wedges kafka-python's producer, so our own timeout comes first."""
BATCH_BYTES = 256 * 1024
LINGER_MS = 20
FETCH_BYTES = 32 * 1024 * 1024
PARTITION_FETCH_BYTES = 4 * 1024 * 1024
FETCH_WAIT_MS = 100
RECONNECT_MS = 1000
"""Longest pause between attempts to reach a broker; the drivers' own 10 to 30 s would outlast a restart."""


def transactional_id(group: str, topic: str, partition: int) -> str:
    """One id for each input partition, whoever owns it: that is what fences the previous owner."""
    return f"plastream.{group}.{topic}.{partition}"


def topic_options(retention: Retention, partitions: int) -> dict[str, str]:
    """The topic's own settings at its creation; the size is shared out over the partitions."""
    size = -1 if retention.size_bytes is None else max(1, retention.size_bytes // partitions)
    age_ms = -1 if retention.age_s is None else max(1, int(retention.age_s * 1000))
    options = {"retention.ms": str(age_ms), "retention.bytes": str(size), "cleanup.policy": "delete"}
    if size > 0:  # only whole segments are dropped: without smaller ones a small limit would have no effect
        options["segment.bytes"] = str(min(max(size // 4, 1024 * 1024), 1024 * 1024 * 1024))
    if age_ms > 0:
        options["segment.ms"] = str(max(age_ms // 4, 1000))
    return options


def python_security(settings: KafkaSettings) -> dict[str, Any]:
    """The security options of kafka-python."""
    options: dict[str, Any] = {"security_protocol": settings.security}
    if settings.security.startswith("SASL"):
        options |= {
            "sasl_mechanism": settings.sasl_mechanism,
            "sasl_plain_username": settings.sasl_username,
            "sasl_plain_password": settings.sasl_password,
        }
    if settings.security.endswith("SSL"):
        options |= {
            "ssl_cafile": _text(settings.ssl_ca_file),
            "ssl_certfile": _text(settings.ssl_certificate_file),
            "ssl_keyfile": _text(settings.ssl_key_file),
            "ssl_password": settings.ssl_key_password,
        }
    return options


def confluent_security(settings: KafkaSettings) -> dict[str, Any]:
    """The security options of confluent-kafka, without those that are not set."""
    options: dict[str, Any] = {"security.protocol": settings.security}
    if settings.security.startswith("SASL"):
        options |= {
            "sasl.mechanism": settings.sasl_mechanism,
            "sasl.username": settings.sasl_username,
            "sasl.password": settings.sasl_password,
        }
    if settings.security.endswith("SSL"):
        options |= {
            "ssl.ca.location": _text(settings.ssl_ca_file),
            "ssl.certificate.location": _text(settings.ssl_certificate_file),
            "ssl.key.location": _text(settings.ssl_key_file),
            "ssl.key.password": settings.ssl_key_password,
        }
    return {name: value for name, value in options.items() if value is not None}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def unreachable(settings: KafkaSettings, doing: str, reason: str) -> LogUnreachable:
    """The error for a cluster that does not answer; it looks the same whatever the cause, so all are named."""
    causes = ["whether the broker runs", "the address and port"]
    if settings.security.startswith("SASL"):
        causes.append("the user name and password")
    if settings.security.endswith("SSL"):
        causes.append("the CA file")
    if settings.security == "PLAINTEXT":
        causes.append("whether the broker wants TLS or a login")
    return LogUnreachable(
        f"Kafka at {settings.brokers} ({settings.security}) does not answer while {doing} ({reason}): "
        f"check {', '.join(causes)}"
    )

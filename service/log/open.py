"""Opening a log by its settings: the one place that knows which kinds there are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from service.log.contract import Log
from service.log.embedded import EmbeddedLog


@dataclass(frozen=True)
class LogSettings:
    """Either kind of log, as plain values that travel to worker processes; secrets included, so never print it."""

    kind: Literal["embedded", "kafka"] = "embedded"
    directory: Path = Path("plastream-data")
    """Embedded: folder of the log's file."""
    synchronous: Literal["full", "normal"] = "full"
    brokers: str = "localhost:9092"
    """Kafka: host:port, several separated by commas."""
    driver: Literal["kafka-python", "confluent"] = "kafka-python"
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = None
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_key_password: str | None = None


def open_log(settings: LogSettings) -> Log:
    """Open the log that the settings describe. Raises LogUnreachable, or LogError where a driver is not installed."""
    if settings.kind == "embedded":
        return EmbeddedLog(settings.directory, synchronous=settings.synchronous)
    raise NotImplementedError

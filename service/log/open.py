"""Opening a log by its settings: the one place that knows which kinds there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from service.log.contract import Log, LogError
from service.log.embedded import EmbeddedLog
from service.log.kafka_settings import KafkaSettings, Security


@dataclass(frozen=True)
class LogSettings:
    """Either kind of log, as plain values that travel to worker processes; passwords are not in its repr."""

    kind: Literal["embedded", "kafka"] = "embedded"
    directory: Path = Path("plastream-data")
    """Embedded: folder of the log's file."""
    synchronous: Literal["full", "normal"] = "full"
    brokers: str = "localhost:9092"
    """Kafka: host:port, several separated by commas."""
    driver: Literal["kafka-python", "confluent"] = "kafka-python"
    security: Security = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None
    ssl_key_password: str | None = field(default=None, repr=False)


def open_log(settings: LogSettings) -> Log:
    """Open the log that the settings describe. Raises LogUnreachable, or LogError where a driver is not installed."""
    if settings.kind == "embedded":
        return EmbeddedLog(settings.directory, synchronous=settings.synchronous)
    cluster = KafkaSettings(
        brokers=settings.brokers,
        security=settings.security,
        sasl_mechanism=settings.sasl_mechanism,
        sasl_username=settings.sasl_username,
        sasl_password=settings.sasl_password,
        ssl_ca_file=settings.ssl_ca_file,
        ssl_certificate_file=settings.ssl_certificate_file,
        ssl_key_file=settings.ssl_key_file,
        ssl_key_password=settings.ssl_key_password,
    )
    return _confluent(cluster) if settings.driver == "confluent" else _kafka_python(cluster)


def _kafka_python(cluster: KafkaSettings) -> Log:
    from service.log.kafka import KafkaLog

    return KafkaLog(cluster)


def _confluent(cluster: KafkaSettings) -> Log:
    try:
        from service.log.confluent import ConfluentLog
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "confluent_kafka":
            raise
        raise LogError(
            "log.driver confluent needs confluent-kafka, which is not installed: pip install 'plastream[fast-kafka]'"
        ) from error
    return ConfluentLog(cluster)

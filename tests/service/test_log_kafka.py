"""What both Kafka drivers are told, and what their errors become; no broker is needed here."""

from __future__ import annotations

import builtins
import pickle
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from confluent_kafka import KafkaError as ConfluentError
from confluent_kafka import KafkaException
from kafka import errors as kafka

from service.log import confluent_errors, kafka_errors
from service.log.bounded import TooLateError, persist, within
from service.log.confluent import ConfluentLog
from service.log.contract import Fenced, Log, LogError, LogFull, LogUnreachable, OffsetGone, Retention, TopicMissing
from service.log.kafka import KafkaLog
from service.log.kafka_settings import (
    KafkaSettings,
    confluent_security,
    python_security,
    topic_options,
    transactional_id,
)
from service.log.open import LogSettings, open_log

HIDDEN = "hidden"
SETTINGS = KafkaSettings("broker:9093", security="SASL_SSL", sasl_username="plant", sasl_password=HIDDEN)
ALL_ERRORS = [kind for kind in vars(kafka).values() if isinstance(kind, type) and issubclass(kind, kafka.KafkaError)]


def _example(kind: type[Any]) -> Any:
    """An error of a class some of which want their own arguments."""
    made = kind.__new__(kind)
    made.args = ("the reason",)
    return made


@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_kafka_python_has_a_meaning(kind: type[Any]) -> None:
    found = kafka_errors.meaning(_example(kind), SETTINGS, "testing")
    assert isinstance(found, LogError)
    assert "testing" in str(found)
    assert HIDDEN not in str(found)
    if kind.retriable and type(found) is LogError:
        pytest.fail(f"{kind.__name__} passes by itself and should be waited for")


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (kafka.ProducerFencedError(), Fenced),
        (kafka.InvalidProducerEpochError(), Fenced),
        (kafka.KafkaError("Cannot execute: ProducerFencedError"), Fenced),
        (kafka.UnknownTopicOrPartitionError(), TopicMissing),
        (kafka.OffsetOutOfRangeError(), OffsetGone),
        (kafka.KafkaStorageError(), LogFull),
        (kafka.KafkaTimeoutError(), LogUnreachable),
        (kafka.KafkaConnectionError(), LogUnreachable),
        (kafka.SaslAuthenticationFailedError(), LogUnreachable),
    ],
    ids=str,
)
def test_what_kafka_python_says(error: kafka.KafkaError, meaning: type[LogError]) -> None:
    assert type(kafka_errors.meaning(error, SETTINGS, "testing")) is meaning


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (ConfluentError.PRODUCER_FENCED, Fenced),
        (ConfluentError._FENCED, Fenced),
        (ConfluentError.INVALID_PRODUCER_EPOCH, Fenced),
        (ConfluentError.UNKNOWN_TOPIC_OR_PART, TopicMissing),
        (ConfluentError._AUTO_OFFSET_RESET, OffsetGone),
        (ConfluentError.KAFKA_STORAGE_ERROR, LogFull),
        (ConfluentError._TIMED_OUT, LogUnreachable),
        (ConfluentError._TRANSPORT, LogUnreachable),
        (ConfluentError.TOPIC_AUTHORIZATION_FAILED, LogError),
        (ConfluentError.MSG_SIZE_TOO_LARGE, LogError),
        (ConfluentError.UNKNOWN, LogError),
    ],
)
def test_what_confluent_says(code: int, meaning: type[LogError]) -> None:
    found = confluent_errors.meaning(KafkaException(ConfluentError(code)), SETTINGS, "testing")
    assert type(found) is meaning
    assert "testing" in str(found)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")  # kafka-python 3.0.12, after a failed bootstrap
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("kind", [KafkaLog, ConfluentLog])
def test_a_cluster_that_does_not_answer_names_every_cause(kind: type[Any], silent_port: int) -> None:
    settings = KafkaSettings(
        f"127.0.0.1:{silent_port}",
        security="SASL_PLAINTEXT",
        sasl_username="plant",
        sasl_password=HIDDEN,
        connect_timeout_s=0.5,
        request_timeout_s=0.5,
    )
    log: Log
    with kind(settings) as log:
        with pytest.raises(LogUnreachable):
            log.create_topic("plant", 1)
        with pytest.raises(LogUnreachable) as caught:
            log.topics()
    for cause in ("broker runs", "address and port", "password"):
        assert cause in str(caught.value)
    assert HIDDEN not in str(caught.value)


def test_settings_travel_and_keep_their_secrets(tmp_path: Path) -> None:
    settings = LogSettings("kafka", tmp_path, sasl_password=HIDDEN, ssl_key_password=HIDDEN)
    assert pickle.loads(pickle.dumps(settings)) == settings  # noqa: S301 - our own bytes
    assert HIDDEN not in repr(settings)
    assert HIDDEN not in repr(SETTINGS)


def test_a_missing_driver_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "confluent_kafka"]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("service.log.confluent")]:
        monkeypatch.delitem(sys.modules, name)
    real = builtins.__import__

    def absent(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".")[0] == "confluent_kafka":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(LogError, match=r"pip install 'plastream\[fast-kafka\]'"):
        open_log(LogSettings("kafka", driver="confluent"))


def test_security_options_of_both_drivers() -> None:
    settings = KafkaSettings(
        security="SASL_SSL", sasl_username="plant", sasl_password=HIDDEN, ssl_ca_file=Path("ca.pem")
    )
    assert python_security(settings) == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "plant",
        "sasl_plain_password": HIDDEN,
        "ssl_cafile": "ca.pem",
        "ssl_certfile": None,
        "ssl_keyfile": None,
        "ssl_password": None,
    }
    assert confluent_security(settings) == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "plant",
        "sasl.password": HIDDEN,
        "ssl.ca.location": "ca.pem",
    }
    assert confluent_security(KafkaSettings()) == {"security.protocol": "PLAINTEXT"}


def test_retention_becomes_topic_settings() -> None:
    assert topic_options(Retention(), 4)["retention.ms"] == "-1"
    assert topic_options(Retention(), 4)["retention.bytes"] == "-1"
    kept = topic_options(Retention(age_s=3600, size_bytes=400_000_000), 4)
    assert kept["retention.ms"] == "3600000"
    assert kept["retention.bytes"] == "100000000"


def test_one_transactional_id_for_each_input_partition() -> None:
    assert len({transactional_id(g, t, p) for g in "ab" for t in "ab" for p in range(2)}) == 8


def test_within_raises_what_the_call_raises_and_gives_up_in_time() -> None:
    release = Event()
    with pytest.raises(KeyError):
        within(10.0, lambda: {}["absent"])
    with pytest.raises(TooLateError):
        within(0.01, release.wait)
    release.set()


def test_persist_asks_again_only_while_it_may_help() -> None:
    answers: list[Exception | int] = [KeyError(), KeyError(), 7]

    def ask() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert persist(10.0, ask, lambda error: isinstance(error, KeyError)) == 7
    answers[:] = [ValueError(), 7]
    with pytest.raises(ValueError, match=r"^$"):
        persist(10.0, ask, lambda error: isinstance(error, KeyError))

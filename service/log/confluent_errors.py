"""What confluent-kafka's errors mean to us: the one place that sorts them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException

from service.log.contract import Fenced, LogError, LogFull, OffsetGone, TopicMissing
from service.log.kafka_settings import KafkaSettings, unreachable

_FENCED = {
    KafkaError.PRODUCER_FENCED,
    KafkaError._FENCED,  # pyright: ignore[reportPrivateUsage] - librdkafka's own codes begin with an underscore
    KafkaError.INVALID_PRODUCER_EPOCH,
    KafkaError.TRANSACTION_COORDINATOR_FENCED,
    KafkaError.INVALID_PRODUCER_ID_MAPPING,
}
_NO_TOPIC = {
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._UNKNOWN_PARTITION,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError.TOPIC_EXCEPTION,
}
_GONE = {KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._AUTO_OFFSET_RESET}  # pyright: ignore[reportPrivateUsage] - see above
_FORBIDDEN = {
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}
_UNREACHABLE = {
    KafkaError._TIMED_OUT,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._MSG_TIMED_OUT,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._TIMED_OUT_QUEUE,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._TRANSPORT,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._RESOLVE,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._ALL_BROKERS_DOWN,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._AUTHENTICATION,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._SSL,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._WAIT_COORD,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.REQUEST_TIMED_OUT,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.BROKER_NOT_AVAILABLE,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}

_PASSING = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.UNSTABLE_OFFSET_COMMIT,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError._TRANSPORT,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._ALL_BROKERS_DOWN,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._RESOLVE,  # pyright: ignore[reportPrivateUsage] - see above
    KafkaError._WAIT_COORD,  # pyright: ignore[reportPrivateUsage] - see above
}


def detail(error: KafkaException) -> KafkaError | None:
    """The library's error within the exception, which may also hold plain text."""
    inner = error.args[0] if error.args else None
    return inner if isinstance(inner, KafkaError) else None


def fences(error: BaseException) -> bool:
    """Whether another producer with our id has taken over."""
    inner = detail(error) if isinstance(error, KafkaException) else None
    return inner is not None and inner.code() in _FENCED


def passes(error: BaseException) -> bool:
    """Whether a broker that has just started, or a topic just made, will answer better when asked again."""
    inner = detail(error) if isinstance(error, KafkaException) else None
    return inner is not None and (inner.code() in _PASSING or inner.retriable())


@contextmanager
def translated(settings: KafkaSettings, doing: str) -> Generator[None]:
    """Turn confluent-kafka's errors into the contract's. doing: "reading plant-0", for the message."""
    try:
        yield
    except KafkaException as error:
        raise meaning(error, settings, doing) from error
    except TimeoutError as error:  # of a future that the library did not answer in its own time
        raise unreachable(settings, doing, "no answer in time") from error


def meaning(error: KafkaException, settings: KafkaSettings, doing: str) -> LogError:
    """The contract's error for one of confluent-kafka's, with what to do."""
    inner = detail(error)
    if inner is None:
        return LogError(f"Kafka failed while {doing}: {error}")
    code, text = inner.code(), inner.str()
    if code in _FENCED:
        return Fenced(f"another writer has taken over while {doing}: stop this one")
    if code in _GONE:
        return OffsetGone(f"the offset is gone or not yet written while {doing} ({text})")
    if code in _NO_TOPIC:
        return TopicMissing(f"the topic or partition does not exist while {doing}: create it, or correct its name")
    if code == KafkaError.KAFKA_STORAGE_ERROR:
        return LogFull(f"the broker cannot write to its disk while {doing}: free disk space there ({text})")
    if code == KafkaError.MSG_SIZE_TOO_LARGE:
        return LogError(f"a record is larger than the broker allows while {doing}: raise max.message.bytes")
    if code in _FORBIDDEN:
        return LogError(f"{settings.sasl_username or 'this client'} may not: {doing} ({text}); add an ACL")
    if code in _UNREACHABLE or inner.retriable():
        return unreachable(settings, doing, text)
    return LogError(f"Kafka failed while {doing}: {text}")

"""What kafka-python's errors mean to us: the one place that sorts them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from kafka import errors as kafka

from service.log.contract import Fenced, LogError, LogFull, OffsetGone, TopicMissing
from service.log.kafka_settings import KafkaSettings, unreachable

_FENCED = (
    kafka.ProducerFencedError,
    kafka.InvalidProducerEpochError,
    kafka.TransactionCoordinatorFencedError,
    kafka.InvalidProducerIdMappingError,
    kafka.FencedInstanceIdError,
)
_TOO_LARGE = (kafka.MessageSizeTooLargeError, kafka.RecordListTooLargeError)
_NO_TOPIC = (kafka.UnknownTopicOrPartitionError, kafka.UnknownTopicIdError, kafka.InvalidTopicError)
_FULL = (kafka.KafkaStorageError, kafka.LogDirNotFoundError)
_LOGIN = (kafka.SaslAuthenticationFailedError, kafka.UnsupportedSaslMechanismError, kafka.IllegalSaslStateError)


@contextmanager
def translated(settings: KafkaSettings, doing: str) -> Generator[None]:
    """Turn kafka-python's errors into the contract's. doing: "reading plant-0", for the message."""
    try:
        yield
    except kafka.KafkaError as error:
        raise meaning(error, settings, doing) from error
    except OSError as error:
        raise unreachable(settings, doing, str(error)) from error


def fences(error: BaseException) -> bool:
    """Whether another producer with our id has taken over; it may show as a plain KafkaError that only says so."""
    if isinstance(error, _FENCED):
        return True
    text = str(error)
    return any(kind.__name__ in text for kind in _FENCED)


def meaning(error: kafka.KafkaError, settings: KafkaSettings, doing: str) -> LogError:
    """The contract's error for one of kafka-python's, with what to do."""
    if fences(error):
        return Fenced(f"another writer has taken over while {doing}: stop this one")
    match error:
        case kafka.OffsetOutOfRangeError():
            return OffsetGone(f"the offset is gone or not yet written while {doing} ({error})")
        case _ if isinstance(error, _NO_TOPIC):
            return TopicMissing(f"the topic or partition does not exist while {doing}: create it, or correct its name")
        case _ if isinstance(error, _FULL):
            return LogFull(f"the broker cannot write to its disk while {doing}: free disk space there ({error})")
        case _ if isinstance(error, _TOO_LARGE):
            return LogError(f"a record is larger than the broker allows while {doing}: raise max.message.bytes")
        case kafka.AuthorizationError():
            return LogError(f"{settings.sasl_username or 'this client'} may not: {doing} ({error}); add an ACL")
        case _ if isinstance(error, _LOGIN):
            return unreachable(settings, doing, str(error))
        case kafka.KafkaConfigurationError() | kafka.UnsupportedVersionError():
            return LogError(f"the broker or a setting does not fit while {doing}: {error}")
        case _ if error.retriable or isinstance(error, kafka.BrokerNotAvailableError):
            return unreachable(settings, doing, str(error))
        case _:
            return LogError(f"Kafka failed while {doing}: {error}")

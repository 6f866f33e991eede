"""The partition of a key, against the vectors in Apache Kafka's own tests of its hash."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.log.contract import Draft, partition_of
from service.log.placing import placed

KAFKA_VECTORS = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}
"""org.apache.kafka.common.utils.UtilsTest.testMurmur2."""


@pytest.mark.parametrize(("key", "signed"), KAFKA_VECTORS.items())
def test_the_hash_is_kafkas(key: bytes, signed: int) -> None:
    assert partition_of(key, 1 << 31) == signed & 0x7FFFFFFF
    assert partition_of(key, 7) == (signed & 0x7FFFFFFF) % 7


@given(key=st.binary(max_size=64), partitions=st.integers(1, 1000))
def test_a_partition_is_in_range_and_the_same_for_a_draft(key: bytes, partitions: int) -> None:
    number = partition_of(key, partitions)
    assert 0 <= number < partitions
    assert [at for at, _ in placed("t", [Draft(b"x", key=key)], partitions, turn=5)] == [number]


@given(st.lists(st.binary(max_size=12), min_size=1), st.integers(1, 16))
def test_kafka_python_agrees(keys: list[bytes], partitions: int) -> None:
    from kafka.partitioner.default import murmur2

    for key in keys:
        assert partition_of(key, partitions) == (murmur2(key) & 0x7FFFFFFF) % partitions

"""What several test folders share: one real Kafka broker for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.kafka.broker import Broker, BrokerError


def pytest_configure(config: pytest.Config) -> None:
    """kafka-python 3.0.12 reads its schemas at import in a way that Python 3.11 calls deprecated (and 3.13 no more)."""
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


SLOW = ("contracts/", "recovery/", "system/", "service/test_cli", "service/test_log", "service/test_pipeline")
"""Tests that need a broker, a cluster, compiled kernels or many examples: left to `make test`."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what `make check` leaves out."""
    here = config.rootpath / "tests"
    for item in items:
        if item.path.relative_to(here).as_posix().startswith(SLOW):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A running broker; whoever kills it starts it again. Without Java or Maven the test fails, it is never skipped."""
    running = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        running.start()
    except BrokerError as error:
        pytest.fail(str(error), pytrace=False)
    yield running
    running.stop()

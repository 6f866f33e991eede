"""This machine's sensors: rates, units and the rhythm of sampling."""

from __future__ import annotations

import itertools
from dataclasses import replace

import orjson
import pytest

from service import host

BEFORE = host.Counters(
    at_s=100.0,
    disk_read_bytes=1000,
    disk_written_bytes=5000,
    disk_busy_ms=200,
    received_bytes=10,
    sent_bytes=20,
    context_switches=7,
    interrupts=9,
)


def test_rates_are_per_second_and_totals_as_counted() -> None:
    now = replace(
        BEFORE,
        at_s=102.0,
        disk_read_bytes=3000,
        disk_written_bytes=5500,
        disk_busy_ms=700,
        received_bytes=4010,
        sent_bytes=30,
        context_switches=107,
        interrupts=29,
    )
    message = host.sample("box", BEFORE, now)
    assert message["host"] == "box"
    assert message["time"] == 102.0
    assert (message["disk"]["read"], message["disk"]["written"], message["disk"]["busy"]) == (1000, 250, 25.0)
    assert message["disk"]["written_total"] == 5500
    assert (message["network"]["received"], message["network"]["sent"]) == (2000, 5)
    assert (message["context_switches"], message["interrupts"]) == (50, 10)
    assert message["disk_is_busy"] is False


def test_a_disk_that_is_always_busy_is_at_most_fully_busy() -> None:
    message = host.sample("box", BEFORE, replace(BEFORE, at_s=101.0, disk_busy_ms=3200))
    assert message["disk"]["busy"] == 100.0
    assert message["disk_is_busy"] is True


def test_two_looks_at_once_divide_by_nothing() -> None:
    assert host.sample("box", BEFORE, BEFORE)["disk"]["read"] == 0


def test_samples_keep_to_the_clock_and_do_not_drift() -> None:
    now_s, slept = 1000.0, list[float]()

    def clock() -> float:
        nonlocal now_s
        now_s += 0.01  # whatever is done takes a little time
        return now_s

    def sleep(seconds: float) -> None:
        nonlocal now_s
        slept.append(seconds)
        now_s += seconds

    times = [m["time"] for m in itertools.islice(host.samples("box", interval_s=1.0, clock=clock, sleep=sleep), 20)]
    assert len(slept) == 20
    assert times[-1] - times[0] == pytest.approx(19.0, abs=0.1)


def test_a_machine_that_slept_does_not_rush_to_catch_up() -> None:
    moments = iter([0.0, 0.0, 0.0, 0.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0, 500.0])
    slept = list[float]()
    samples = host.samples("box", interval_s=1.0, clock=lambda: next(moments), sleep=slept.append)
    next(samples)
    next(samples)
    assert len(slept) == 2  # not five hundred


def test_messages_are_json_with_the_fields_that_the_demo_knows() -> None:
    message = next(host.samples("box", interval_s=0.0))
    assert orjson.loads(orjson.dumps(message)) == message
    assert {"host", "time", "cpu", "load", "memory", "disk", "network", "processes", "state"} <= message.keys()
    assert message["state"] in ("idle", "compute", "disk", "network")


def test_units() -> None:
    assert host.unit("cpu.core0") == "%"
    assert host.unit("memory.used") == "%"
    assert host.unit("memory.available") == "bytes"
    assert host.unit("disk.read") == "bytes/s"
    assert host.unit("disk.written_total") == "bytes"
    assert host.unit("processes") == ""

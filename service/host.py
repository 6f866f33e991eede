"""This machine's own sensors, sampled with psutil: one message a tick, as a fleet of hosts would send it.

Used by `plastream record host` (a recording to replay later) and `plastream demo --live`.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psutil

BUSY_SHARE = 0.5
"""Share of the CPUs, or of the disk's time, above which the host counts as busy with it."""
NETWORK_BYTES_PER_S = 1_000_000.0
"""Traffic above which an otherwise quiet host counts as busy with the network."""

Message = dict[str, Any]

UNITS = {
    "cpu": "%",
    "memory.used": "%",
    "memory": "bytes",
    "disk.busy": "%",
    "disk.used": "%",
    "disk.written_total": "bytes",
    "disk": "bytes/s",
    "network.received_total": "bytes",
    "network": "bytes/s",
    "context_switches": "1/s",
    "interrupts": "1/s",
    "temperature": "°C",
}
"""Unit of a field, or of all fields below a name; what is not here is a plain count or a word."""


def unit(path: str) -> str:
    """The unit of a field of these messages; empty for plain counts and words."""
    return UNITS.get(path) or UNITS.get(path.partition(".")[0], "")


@dataclass(frozen=True)
class Counters:
    """The host's ever-growing counts at one moment; rates are differences of two of these."""

    at_s: float
    disk_read_bytes: int
    disk_written_bytes: int
    disk_busy_ms: int
    received_bytes: int
    sent_bytes: int
    context_switches: int
    interrupts: int


def read_counters(at_s: float) -> Counters:
    """Read all counters now; a host without disks or network cards counts zero there."""
    disk = psutil.disk_io_counters()
    net = psutil.net_io_counters()
    cpu = psutil.cpu_stats()
    return Counters(
        at_s=at_s,
        disk_read_bytes=disk.read_bytes if disk else 0,
        disk_written_bytes=disk.write_bytes if disk else 0,
        disk_busy_ms=int(getattr(disk, "busy_time", 0)) if disk else 0,
        received_bytes=net.bytes_recv if net else 0,
        sent_bytes=net.bytes_sent if net else 0,
        context_switches=cpu.ctx_switches,
        interrupts=cpu.interrupts,
    )


def _temperatures() -> dict[str, float]:
    sensors: Callable[[], dict[str, list[Any]]] | None = getattr(psutil, "sensors_temperatures", None)
    if sensors is None:
        return {}
    return {
        f"{chip}_{number}": float(probe.current)
        for chip, probes in sensors().items()
        for number, probe in enumerate(probes)
    }


def _state(cpu_share: float, disk_share: float, bytes_per_s: float) -> str:
    """What keeps the host busy, as one word."""
    if cpu_share > BUSY_SHARE:
        return "compute"
    if disk_share > BUSY_SHARE:
        return "disk"
    if bytes_per_s > NETWORK_BYTES_PER_S:
        return "network"
    return "idle"


def sample(name: str, before: Counters, now: Counters) -> Message:
    """One message: gauges as they are now, rates over the time since `before`, totals as counted.

    Units: percent for cpu, memory and disk.busy; bytes and bytes per second; counts per second;
    degrees Celsius. `time` is seconds since 1970 (UTC).
    """
    elapsed_s = max(now.at_s - before.at_s, 1e-3)
    cores = psutil.cpu_percent(percpu=True)
    shares = psutil.cpu_times_percent()
    memory = psutil.virtual_memory()
    one, five, _ = psutil.getloadavg()
    disk_share = (now.disk_busy_ms - before.disk_busy_ms) / 1000.0 / elapsed_s
    received = (now.received_bytes - before.received_bytes) / elapsed_s
    sent = (now.sent_bytes - before.sent_bytes) / elapsed_s
    message: Message = {
        "host": name,
        "time": round(now.at_s, 3),
        "cpu": {f"core{number}": percent for number, percent in enumerate(cores)}
        | {"user": shares.user, "system": shares.system, "iowait": getattr(shares, "iowait", 0.0)},
        "load": {"one": round(one, 3), "five": round(five, 3)},
        "memory": {
            "used": memory.percent,
            "available": memory.available,
            "cached": getattr(memory, "cached", 0),
        },
        "disk": {
            "read": round((now.disk_read_bytes - before.disk_read_bytes) / elapsed_s),
            "written": round((now.disk_written_bytes - before.disk_written_bytes) / elapsed_s),
            "busy": round(min(100.0 * disk_share, 100.0), 1),
            "written_total": now.disk_written_bytes,
            "used": psutil.disk_usage("/").percent,
        },
        "network": {
            "received": round(received),
            "sent": round(sent),
            "received_total": now.received_bytes,
        },
        "context_switches": round((now.context_switches - before.context_switches) / elapsed_s),
        "interrupts": round((now.interrupts - before.interrupts) / elapsed_s),
        "processes": len(psutil.pids()),
        "disk_is_busy": disk_share > BUSY_SHARE,
        "state": _state(sum(cores) / (100.0 * len(cores)), disk_share, received + sent),
    }
    temperatures = _temperatures()
    return message | ({"temperature": temperatures} if temperatures else {})


def samples(
    name: str | None = None,
    *,
    interval_s: float = 1.0,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Message]:
    """Endless messages, one each `interval_s`, on the clock's own ticks so that they do not drift.

    name: the value of the message's `host`; this machine's network name by default.
    """
    label = name or platform.node() or "host"
    psutil.cpu_percent(percpu=True)  # the first reading of both is meaningless: they measure since the last call
    psutil.cpu_times_percent()
    before = read_counters(clock())
    due_s = before.at_s
    while True:
        due_s = max(due_s + interval_s, clock())
        sleep(max(due_s - clock(), 0.0))
        now = read_counters(clock())
        yield sample(label, before, now)
        before = now

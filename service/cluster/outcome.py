"""How a worker's or the whole service's work ended, as values that travel between processes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Outcome:
    """The end of a worker's `serve`, or of the whole service."""

    failure: str | None = None
    """One line with what to do; None where it was told to stop."""
    exit_code: int = 0
    """What the command ends with."""


@dataclass(frozen=True)
class WorkerStatus:
    """One worker as last heard of."""

    name: str
    pid: int
    partitions: tuple[int, ...] = ()
    alive: bool = True
    records: int = 0
    percepts: int = 0
    rejected: int = 0
    marks: dict[str, int] = field(default_factory=dict[str, int])
    """See encoders.watch.marks: mark -> percepts that carry it."""
    streams: int = 0
    positions: dict[int, int] = field(default_factory=dict[int, int])
    waiting_for: str | None = None
    unsaved: str | None = None


@dataclass(frozen=True)
class Status:
    """The whole service as last heard of."""

    workers: tuple[WorkerStatus, ...] = ()
    records: int = 0
    """Read and committed since the service started."""
    percepts: int = 0
    rejected: int = 0
    """Dead letters."""
    marks: dict[str, int] = field(default_factory=dict[str, int])
    lag: int = 0
    """Records in the input that are not yet committed."""
    streams: int = 0
    restarts: int = 0
    """Workers that died and were replaced."""
    waiting_for: str | None = None
    """One line while the log cannot be reached, is full, or snapshots cannot be written."""
    failure: str | None = None
    """One line when the service cannot go on."""
    exit_code: int = 0

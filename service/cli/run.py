"""`plastream run`: the service itself, in the foreground."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

from service.cli import interrupts, options
from service.cli.terminal import Terminal, terminal_of

if TYPE_CHECKING:
    from service.cluster.deployment import Deployment
    from service.cluster.outcome import Status

POLL_S = 0.5
REPORT_S = 10.0
"""Time between two lines where there is no terminal."""


def run(
    context: typer.Context,
    config: options.Config = None,
    broker: options.Broker = None,
    topic: options.Topic = None,
    workers: options.Workers = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    sets: options.Sets = None,
) -> None:
    """Serve a topic until Ctrl-C: sensor messages in, percepts out.

    Without a config file the schema is inferred from the first messages.
    """
    loaded = options.load(
        config, broker=broker, log=log, data_dir=data_dir, sets=sets, input__topic=topic, workers__count=workers
    )
    from service.cluster.deployment import Deployment
    from service.errors import ExitCode, ServiceFailedError

    terminal = terminal_of(context)
    settings = loaded.settings
    deployment = Deployment(settings, talk=terminal.say)
    try:
        with interrupts.at_once():
            deployment.start()
        terminal.say(f"serving {settings.input.topic} -> {settings.percepts_topic}; Ctrl-C stops in order")
        with interrupts.stop_request() as stop:
            failed = _watch(deployment, terminal, stop)
            terminal.say("stopping: the turn is finished, committed and saved")
            deployment.stop()
    finally:
        deployment.stop()
    if failed is not None and failed.failure:
        raise ServiceFailedError(failed.failure, failed.exit_code)
    if stop.by_keyboard:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _watch(deployment: Deployment, terminal: Terminal, stop: interrupts.StopRequest) -> Status | None:
    """Tell how it goes until asked to stop; returns the status that tells of a failure."""
    from rich.live import Live

    shown = terminal.err.is_terminal and not terminal.quiet
    started_s, told_s, before = time.monotonic(), 0.0, 0
    with Live(console=terminal.err, auto_refresh=False, transient=True) if shown else _Nothing() as live:
        while not stop.requested:
            status = deployment.status()
            if status.failure:
                return status
            now_s = time.monotonic() - started_s
            if live is not None:
                rate = (status.records - before) / max(now_s - told_s, 1e-3)
                live.update(status_line(status, rate), refresh=True)
                told_s, before = now_s, status.records
            elif now_s - told_s >= REPORT_S:
                rate = (status.records - before) / (now_s - told_s)
                terminal.say(status_line(status, rate))
                told_s, before = now_s, status.records
            stop.wait(POLL_S)
    return None


class _Nothing:
    """Stands where a live display would."""

    def __enter__(self) -> None:
        """Nothing to open."""

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


def status_line(status: Status, per_s: float) -> str:
    """The service in one line."""
    alive = sum(worker.alive for worker in status.workers)
    parts = [
        f"{status.records:,} records",
        f"{per_s:,.0f}/s",
        f"lag {status.lag:,}",
        f"{status.streams:,} streams",
        f"{alive} workers",
        f"{status.rejected:,} dead letters",
    ]
    if status.marks:
        counts = sorted(status.marks.items(), key=lambda item: (-item[1], item[0]))
        parts.append("marked " + " ".join(f"{mark} {count:,}" for mark, count in counts))
    if status.restarts:
        parts.append(f"{status.restarts} restarts")
    if status.waiting_for:
        parts.append(f"waiting: {status.waiting_for}")
    return ", ".join(parts)

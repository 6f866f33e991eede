"""`plastream replay`: put a recording into a topic, as fast as it happened or faster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import interrupts, options, records
from service.cli.terminal import terminal_of

if TYPE_CHECKING:
    from encoders.formats.catalogue import Access
    from service.log.contract import Draft
    from service.recordings import Timed

APPEND_RECORDS = 1000
LONGEST_WAIT_S = 0.5
"""Between two looks at the clock, so that a machine that slept goes on at once."""


def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Recording: .mcap, .ndjson or .ndjson.gz.")],
    topic: Annotated[str, typer.Option("--topic", "-t", help="Topic of the sensor messages.")],
    speed: Annotated[
        float, typer.Option("--speed", min=0.0, help="Times as fast as it happened; 0 is as fast as possible.")
    ] = 1.0,
    key: Annotated[str | None, typer.Option("--key", help="Field that names the stream of a line; inferred.")] = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """Put a recording into a topic: each message of an MCAP file by its topic, each line by its stream."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from service.build import format_access, log_settings, make_input_topic
    from service.log.open import open_log

    settings = options.load(config, broker=broker, log=log, data_dir=data_dir, input__topic=topic).settings
    terminal = terminal_of(context)
    recording, total = opened(file, key, format_access(settings))
    columns = (TextColumn("replaying"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    written = 0
    with (
        open_log(log_settings(settings)) as target,
        interrupts.stop_request() as stop,
        Progress(*columns, console=terminal.err, disable=terminal.quiet, transient=True) as bars,
    ):
        make_input_topic(target, settings)
        task = bars.add_task("replaying", total=total)
        for batch, done in paced(recording, speed, clock=time.monotonic, wait=stop.wait):
            if batch:
                target.append(topic, batch)
                written += len(batch)
                bars.update(task, completed=done)
            if stop.requested:
                break
    terminal.say(f"{written} messages of {file} replayed into {topic}")
    if stop.by_keyboard:
        from service.errors import ExitCode

        raise typer.Exit(ExitCode.INTERRUPTED)


def opened(file: Path, key: str | None, access: Access) -> tuple[Iterator[Timed], int]:
    """The records of a recording, and how much it is in the measure of `Timed.done`. Raises UsageError."""
    from service.errors import UsageError
    from service.recordings import LINES, line_recording, mcap_recording

    if file.name.endswith(".mcap"):
        if key is not None:
            raise UsageError("--key is for lines: the messages of an MCAP file are keyed by their topics")
        if not file.is_file():
            raise UsageError(f"file {file} does not exist")
        return mcap_recording(file), file.stat().st_size
    if not file.name.endswith(LINES):
        raise UsageError(f"{file}: a recording ends in .mcap, {', '.join(LINES[:-1])} or {LINES[-1]}")
    lines = records.read_lines(file)
    if not lines:
        raise UsageError(f"file {file} holds no messages")
    return line_recording(lines, key, access), len(lines)


def paced(
    recording: Iterable[Timed], speed: float, *, clock: Callable[[], float], wait: Callable[[float], None]
) -> Iterator[tuple[list[Draft], int]]:
    """Batches as they become due, and how much is done; an empty one before each wait, for whoever wants to stop.

    Records come in their own order: one that is earlier than those before it is due at once. speed 0 waits for nothing.
    """
    from service.errors import UsageError

    started, origin, done = clock(), None, 0
    batch: list[Draft] = []
    try:
        for record in recording:
            if speed and record.time_s == record.time_s:
                origin = record.time_s if origin is None else origin
                due = started + (record.time_s - origin) / speed
                while (left := due - clock()) > 0.0:
                    yield batch, done
                    batch = []
                    wait(min(left, LONGEST_WAIT_S))
            batch.append(record.draft)
            done = record.done
            if len(batch) >= APPEND_RECORDS:
                yield batch, done
                batch = []
    except UsageError:  # the recording ends here; what came before it counts
        yield batch, done
        raise
    yield batch, done

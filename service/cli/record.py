"""`plastream record`: keep what sensors say, to replay it later."""

from __future__ import annotations

import gzip
import os
import time
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from service.cli import interrupts
from service.cli.terminal import terminal_of

GZIP_FLUSH_LINES = 30
"""Lines between two flushes of a compressed recording: each flush costs compression, a kill costs what came since."""

app = typer.Typer(help="Record sensor messages.", no_args_is_help=True)


@app.callback()
def record() -> None:
    """Record sensor messages."""


@app.command()
def host(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="New file: .ndjson or .ndjson.gz.")],
    seconds: Annotated[float, typer.Option("--seconds", min=0.0, help="How long; 0 is until Ctrl-C.")] = 0.0,
    interval: Annotated[float, typer.Option("--interval", min=0.01, help="Seconds between samples.")] = 1.0,
    name: Annotated[str | None, typer.Option("--name", help="Value of the field host; this machine's name.")] = None,
) -> None:
    """Sample this machine's own sensors (psutil) into a file; Ctrl-C keeps what was recorded."""
    import orjson
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from service.errors import ExitCode
    from service.host import samples

    terminal = terminal_of(context)
    total = max(round(seconds / interval), 1) if seconds else None
    columns = (TextColumn("recording"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    written = 0
    with (
        line_file(out) as lines,
        interrupts.stop_request() as stop,
        Progress(*columns, console=terminal.err, disable=terminal.quiet, transient=True) as bars,
    ):
        task = bars.add_task("recording", total=total)
        for message in samples(name, interval_s=interval, clock=time.time, sleep=stop.wait):
            if stop.requested:
                break
            lines.write(orjson.dumps(message))
            written += 1
            bars.update(task, completed=written)
            if written == total:
                break
    terminal.say(f"{written} samples in {out}")
    if stop.by_keyboard:
        raise typer.Exit(ExitCode.INTERRUPTED)


class LineFile:
    """A file of whole lines: plain ones are on the disk when `write` returns, compressed ones in blocks of lines."""

    def __init__(self, raw: BinaryIO, *, compressed: bool) -> None:
        self._raw = raw
        self._gzip = gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) if compressed else None
        self._lines = 0

    def write(self, line: bytes) -> None:
        """Append one line; the line break is added."""
        self._lines += 1
        if self._gzip is None:
            self._raw.write(line + b"\n")
            self._sync()
            return
        self._gzip.write(line + b"\n")
        if self._lines % GZIP_FLUSH_LINES == 0:
            self._gzip.flush(zlib.Z_SYNC_FLUSH)
            self._sync()

    def close(self) -> None:
        """Write out everything."""
        if self._gzip is not None:
            self._gzip.close()
        self._sync()

    def _sync(self) -> None:
        self._raw.flush()
        os.fsync(self._raw.fileno())


@contextmanager
def line_file(path: Path) -> Generator[LineFile]:
    """A new file, never one that exists. Raises UsageError, OSError."""
    from service.errors import UsageError

    if not path.name.endswith((".ndjson", ".ndjson.gz")):
        raise UsageError(f"{path}: the name must end in .ndjson or .ndjson.gz")
    try:
        raw = path.open("xb")
    except FileExistsError:
        raise UsageError(f"{path} exists already: choose another name or remove it") from None
    except FileNotFoundError:
        raise UsageError(f"folder {path.parent} does not exist: make it first") from None
    with raw:
        lines = LineFile(raw, compressed=path.suffix == ".gz")
        try:
            yield lines
        finally:
            lines.close()

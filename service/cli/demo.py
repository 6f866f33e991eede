"""`plastream demo`: the main job on recorded or live sensors, watched and scored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import interrupts, options
from service.cli.terminal import Output, Terminal, terminal_of

if TYPE_CHECKING:
    from service.demo.feeds import Feed
    from service.demo.frame import Frame
    from service.demo.play import News, Played, Service
    from service.demo.summary import Summary
    from service.settings import Settings

TOPIC = "host.sensors"
WATCHABLE_SPEED = 300.0
"""Two hours in 24 seconds: slow enough to watch."""
TURN_RECORDS = 250
"""Small turns: percepts come in a steady flow, also flat out."""
LINE_S = 3.0
"""Time between two progress lines where there is no terminal."""


def demo(
    context: typer.Context,
    live: Annotated[bool, typer.Option("--live", help="This machine's sensors now, until Ctrl-C.")] = False,
    seconds: Annotated[float | None, typer.Option(min=1.0, help="Only so much of the recording, or live.")] = None,
    speed: Annotated[
        float | None,
        typer.Option(min=0.0, help="Times real time; 0 is flat out. 300 on a terminal, else flat out."),
    ] = None,
    recording: Annotated[Path | None, typer.Option(help="One made by `plastream record host`.")] = None,
    workers: Annotated[int, typer.Option("--workers", "-w", min=1, max=64, help="Worker processes.")] = 1,
    plot: Annotated[Path, typer.Option(help="Where the picture goes.")] = Path("plastream-demo.png"),
    data_dir: Annotated[Path | None, typer.Option(help="Keep the log and snapshots here.")] = None,
    sets: options.Sets = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Replay a recording of a real machine's sensors through the whole service, and say how well it foresaw them."""
    from service.errors import ExitCode

    terminal = terminal_of(context)
    if speed is None:
        speed = WATCHABLE_SPEED if terminal.err.is_terminal and not terminal.quiet else 0.0
    with _folder(data_dir) as folder:
        settings = _settings(folder, workers, sets)
        feed = _feed(live, recording, seconds, speed)
        with interrupts.stop_request() as stop:
            played = _play(settings, feed, stop, terminal)
        _finish(played, feed, plot, terminal, output)
        if data_dir is not None:
            terminal.say(f"log and snapshots: {data_dir} (plastream topic tail {TOPIC}.percepts --data-dir {data_dir})")
    if stop.by_keyboard:
        raise typer.Exit(ExitCode.INTERRUPTED)


@contextmanager
def _folder(data_dir: Path | None) -> Generator[Path]:
    if data_dir is not None:
        yield data_dir
        return
    with tempfile.TemporaryDirectory(prefix="plastream-demo-") as folder:
        yield Path(folder)


def _settings(folder: Path, workers: int, sets: list[str] | None) -> Settings:
    return options.load(
        None,
        log=options.LogKind.EMBEDDED,
        data_dir=folder,
        sets=sets,
        log__synchronous="normal",
        input__topic=TOPIC,
        input__partitions=workers,
        workers__count=workers,
        workers__standby=0,
        workers__turn_records=TURN_RECORDS,
    ).settings


def _feed(live: bool, recording: Path | None, seconds: float | None, speed: float) -> Feed:
    from service.demo.feeds import PACKAGED, Live, Replay, read_recording
    from service.errors import UsageError

    if live and recording is not None:
        raise UsageError("--live and --recording exclude each other")
    if live:
        return Live(seconds=seconds)
    return Replay(read_recording(recording or PACKAGED, seconds), speed)


def _play(settings: Settings, feed: Feed, stop: interrupts.StopRequest, terminal: Terminal) -> Played:
    from service.cluster.deployment import Deployment
    from service.demo.play import Player

    deployment = Prompt(Deployment(settings, patience_s=60.0, talk=terminal.say))
    title = f"plastream demo: {feed.pace}, {settings.core.neurons} neurons; Ctrl-C stops"
    with _shown(terminal) as show:
        return Player(settings, feed, deployment, show, stop, title=title).play()


@dataclass(frozen=True)
class Prompt:
    """A service whose start Ctrl-C ends at once: nothing is lost there. Afterwards signals are wishes again."""

    service: Service

    def start(self) -> None:
        """See Service."""
        with interrupts.at_once():
            self.service.start()

    def status(self) -> News:
        """See Service."""
        return self.service.status()

    def stop(self) -> object:
        """See Service."""
        return self.service.stop()


@contextmanager
def _shown(terminal: Terminal) -> Generator[Callable[[Frame], None]]:
    """A live screen on a terminal, else a line now and then, else nothing."""
    if terminal.quiet:
        yield lambda _: None
        return
    terminal.say("starting the workers")
    if not terminal.err.is_terminal:
        yield _lines(terminal)
        return
    from rich.live import Live

    from service.demo.view import screen

    with Live(console=terminal.err, auto_refresh=False, transient=True, vertical_overflow="crop") as picture:

        def show(frame: Frame) -> None:
            width, height = terminal.err.size
            picture.update(screen(frame, width, height), refresh=True)

        yield show


def _lines(terminal: Terminal) -> Callable[[Frame], None]:
    import time

    from service.demo.view import line

    told_s = time.monotonic()

    def show(frame: Frame) -> None:
        nonlocal told_s
        if time.monotonic() - told_s >= LINE_S:
            told_s = time.monotonic()
            terminal.say(line(frame))

    return show


def _finish(played: Played, feed: Feed, plot: Path, terminal: Terminal, output: Output) -> None:
    from service.demo.report import report
    from service.demo.summary import summarise
    from service.errors import StopError

    if not len(played.track):
        if played.interrupted:
            terminal.say("stopped before the first percept")
            return
        raise StopError("no percept came: every message was a dead letter; `plastream topic dlq` tells why")
    summary = summarise(played.track, rejected=played.rejected, seconds=played.seconds, pace=feed.pace)
    terminal.data(summary.as_json(), output, report(summary))
    _plot(plot, played, summary, terminal)


def _plot(path: Path, played: Played, summary: Summary, terminal: Terminal) -> None:
    from service.demo.plot import draw
    from service.errors import MissingPartError
    from service.host import unit

    try:
        terminal.say(f"plot: {draw(path, played.track, summary, unit)}")
    except MissingPartError as missing:
        terminal.say(str(missing))

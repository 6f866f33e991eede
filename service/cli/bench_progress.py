"""The bar that measurements show while they run."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from service.cli.terminal import Terminal


@contextmanager
def bar(terminal: Terminal) -> Generator[Callable[[str, float], None]]:
    """A bar for as long as the block lasts, on a terminal that is not to be quiet: told a stage and the share done."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    hidden = terminal.quiet or not terminal.err.is_terminal
    with Progress(*columns, console=terminal.err, transient=True, disable=hidden) as bars:
        task = bars.add_task("starting", total=1.0)
        yield lambda stage, share: bars.update(task, description=stage, completed=share)

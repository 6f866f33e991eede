"""`plastream data`: the public data sets that experiments ask for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.terminal import Output, Terminal, table, terminal_of

if TYPE_CHECKING:
    from plastic_core.data.fetching import Event

app = typer.Typer(help="Public data sets for experiments.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the data set, as plastream data list tells it.")]


@app.command("list")
def list_sets(context: typer.Context, output: options.Form = Output.TABLE) -> None:
    """Print the data sets, their licences, and whether they are here."""
    from plastic_core.data.places import place_of
    from plastic_core.data.sources import CATALOGUE

    rows: list[dict[str, Any]] = []
    for name, known in CATALOGUE.items():
        folder = place_of(name)
        here = [file for file in known.kept if (folder / file).is_file()]
        rows.append(
            {
                "name": name,
                "what": known.what,
                "licence": known.licence,
                "here": "yes" if len(here) == len(known.kept) else "in part" if here else "no",
                "folder": str(folder),
                "files": [{"url": file.url, "checksum": file.checksum, "bytes": file.size} for file in known.files],
            }
        )
    columns = ("name", "what", "licence", "here")
    terminal_of(context).data(rows, output, table(columns, [[row[column] for column in columns] for row in rows]))


@app.command()
def fetch(
    context: typer.Context,
    name: Name,
    to: Annotated[Path | None, typer.Option("--to", help="Folder; where experiments look by default.")] = None,
    mirror: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="Another place that holds the files; sums must agree.")
    ] = None,
) -> None:
    """Download a data set, check it, and print its folder. Started again, it goes on where it stopped."""
    from plastic_core.data.fetching import fetch as bring
    from plastic_core.data.places import place_of
    from plastic_core.data.sources import CATALOGUE
    from service.errors import UsageError
    from service.training.failures import data_sorted_out

    if name not in CATALOGUE:
        raise UsageError(f"no data set {name!r}; there are: {', '.join(CATALOGUE)}")
    folder, terminal, wanted = options.made(to or place_of(name), "--to"), terminal_of(context), CATALOGUE[name]
    terminal.say(f"{name}: {wanted.what}; {wanted.licence}")
    with data_sorted_out():
        _watch(bring(wanted, folder, mirror), terminal)
    terminal.text(str(folder))


def _watch(events: Iterable[Event], terminal: Terminal) -> None:
    """A bar for each file on a terminal, a line when it is there."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from plastic_core.data.fetching import Coming, Here, Making

    columns = (TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TimeRemainingColumn())
    shown = terminal.err.is_terminal and not terminal.quiet
    bars = Progress(*columns, console=terminal.err, transient=True, disable=not shown)
    with bars:
        bar = bars.add_task("", total=None, visible=False)
        for event in events:
            match event:
                case Coming(name, done, total):
                    bars.update(bar, description=name, completed=done, total=total, visible=True)
                case Making(name):
                    bars.update(bar, visible=False)
                    terminal.say(f"making {name}")
                case Here(name):
                    bars.update(bar, visible=False)
                    terminal.say(f"{name} is there, and right")

"""`plastream bench forecast`: the next row of any CSV, foretold before it is learned."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of

COLUMNS = ("set", "method", "mse", "mae", "CPU s", "rows/s")


class Horizon(StrEnum):
    """Rows ahead."""

    NEXT = "1"
    DAY = "24"
    TWO_DAYS = "48"


def forecast(
    context: typer.Context,
    csv: Annotated[Path | None, typer.Option(help="A CSV: time first, then one column a channel.")] = None,
    rows: Annotated[
        str | None,
        typer.Option(metavar="FIRST,SKIP,TEST", help="Rows that give the z-scores, are skipped, are scored."),
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with the given sets below ett/.")] = None,
    write_predictions: Annotated[
        Path | None, typer.Option(help="CSV for the mind's predictions of the scored rows, with --csv.")
    ] = None,
    horizon: Annotated[Horizon, typer.Option(help="Rows ahead; labels arrive as late.")] = Horizon.NEXT,
    plot: Annotated[Path | None, typer.Option(help="PNG of the last week and the error, with --csv.")] = None,
    baselines_only: Annotated[bool, typer.Option("--baselines-only", help="Leave the mind out.")] = False,
    neurons: Annotated[int | None, typer.Option(min=1, help="N, neurons of the mind.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="From which its slow weights are drawn.")] = None,
    sets: options.Sets = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Squared error of the next row, foretold before it is learned: the mind beside tuned online baselines."""
    from service.bench.forecast.picture import draw
    from service.bench.forecast.run import run, tasks
    from service.bench.forecast.splits import split_of
    from service.bench.forecast.table import write
    from service.build import core_config
    from service.errors import UsageError

    _refuse_unwritable(csv, {"--write-predictions": write_predictions, "--plot": plot})
    if write_predictions is not None and baselines_only:
        raise UsageError("--write-predictions writes the mind's: leave --baselines-only out")
    terminal = terminal_of(context)
    asked = tasks(csv, None if rows is None else split_of(rows), data, int(horizon))
    settings = options.load(None, sets=sets, core__neurons=neurons, core__seed=seed).settings
    with bar(terminal) as progress:
        outcomes = [run(task, None if baselines_only else core_config(settings), progress) for task in asked]
    if write_predictions is not None:
        write(write_predictions, outcomes[0].task.table, outcomes[0].task.split.start, outcomes[0].predictions)
    if plot is not None:
        draw(plot, outcomes[0])
    found = {outcome.task.name: outcome.figures() for outcome in outcomes}
    terminal.data({"sets": found}, output, table(COLUMNS, _table_rows(found)))


def _refuse_unwritable(csv: Path | None, targets: Mapping[str, Path | None]) -> None:
    """Say so before the work, not after it."""
    from service.errors import UsageError

    for option, path in targets.items():
        if path is None:
            continue
        if csv is None:
            raise UsageError(f"{option} is about one set: give it with --csv")
        if not path.parent.is_dir() or path.is_dir():
            raise UsageError(f"{option} {path}: name a file in a folder that is there")


def _table_rows(found: Mapping[str, Any]) -> list[tuple[object, ...]]:
    """The mind and the baselines of each set, the best first, and what was published of it."""
    told: list[tuple[object, ...]] = []
    for name, figures in found.items():
        own = {"mind": figures} if "mse" in figures else {}
        methods = sorted((own | figures["baselines"]).items(), key=lambda item: item[1]["mse"])
        told += [
            (name, method, f"{of['mse']:.4f}", f"{of['mae']:.4f}", of["cpu_s"], of.get("events_per_s"))
            for method, of in methods
        ]
        told += [(name, f"{method}, published", f"{mse:.3f}") for method, mse in figures["published"].items()]
    return told

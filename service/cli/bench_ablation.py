"""`plastream bench ablation`: what the mind is without each of its parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of


def ablation(
    context: typer.Context,
    data: Annotated[Path | None, typer.Option(help="Folder with a folder ett of CSV files to foretell.")] = None,
    arms: Annotated[
        list[str] | None, typer.Option("--arm", help="A part to leave out, beside the whole; may be repeated.")
    ] = None,
    ticks: Annotated[int, typer.Option(min=100, help="Ticks that a regime stays, in the mean.")] = 600,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    output: options.Form = Output.TABLE,
) -> None:
    """Errors, ticks to recover and the rank of the neurons, without each part of the mind."""
    from plastic_core.core import CoreConfig
    from service.bench.ablation import run as measured
    from service.bench.ablation.measures import Sizes

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measured.run(
            CoreConfig(neurons=neurons), data, arms=arms or (), sizes=Sizes(ticks=ticks), progress=progress
        )
    terminal.data(result, output, table(measured.heads(result), measured.table_rows(result)))

"""`plastream bench mind`: events per second of the whole mind."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of


def mind(
    context: typer.Context,
    fields: Annotated[int, typer.Option(min=1, help="Numbers of an event.")] = 1,
    streams: Annotated[int, typer.Option(min=1, help="B, streams that tick together.")] = 200,
    ticks: Annotated[int, typer.Option(min=1, help="Ticks of each stream that are measured.")] = 100,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of which the median counts.")] = 3,
    output: options.Form = Output.TABLE,
) -> None:
    """Events a CPU second of the whole mind, by stage: mix, judge, learn, step, expect."""
    from service.bench import mind as measured

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measured.run(
            fields=fields, streams=streams, ticks=ticks, neurons=neurons, rounds=rounds, progress=progress
        )
    rows = [(name, value) for name, value in result.items() if name != "us"]
    rows += [(f"us, {stage}", value) for stage, value in result["us"].items()]
    terminal.data(result, output, table(("figure", "value"), rows))

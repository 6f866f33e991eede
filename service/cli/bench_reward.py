"""`plastream bench reward`: associations that prove worth keeping only later."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of

COLUMNS = ("learner", "when", "rewarded", "not", "surprising", "strength", "not", "surprising", "written")


def reward(
    context: typer.Context,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds, each drawn anew.")] = 12,
    delay: Annotated[int, typer.Option(min=0, help="Ticks from an association to its reward.")] = 20,
    output: options.Form = Output.TABLE,
) -> None:
    """What is recalled of rewarded, unrewarded and surprising pairs, and after others interfered."""
    from service.bench.reward import measure

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measure.run(seeds=seeds, delay=delay, progress=progress)
    terminal.data(result, output, table(COLUMNS, measure.rows(result)))

"""`plastream bench switch`: how soon regimes are learned, and how soon remembered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from plastic_core.state import Float64
    from service.bench.switch.recording import Recording

SHOWN = ("plastream", "RLS 0.98", "RLS 0.999")
"""Learners of the picture."""


def switch(
    context: typer.Context,
    families: Annotated[
        list[str] | None, typer.Option("--family", help="oscillators, coupling or maps; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Recordings of each family.")] = 6,
    cycles: Annotated[int, typer.Option(min=2, help="How often the regimes A B C come.")] = 4,
    ticks: Annotated[int, typer.Option(min=100, help="Ticks that a regime stays, in the mean.")] = 600,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    river: Annotated[bool, typer.Option("--river/--no-river", help="Measure River's models too.")] = True,
    plot: Annotated[Path | None, typer.Option(help="PNG of the running error in the first recording.")] = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Ticks until the expected error is within 10 % of the oracle's, in a new regime and when it returns."""
    from service.bench.switch import measure
    from service.bench.switch.plot import draw
    from service.bench.switch.recovery import HEADS

    def drawn(family: str, recording: Recording, excesses: dict[str, Float64]) -> None:
        if plot is not None:
            draw(plot, family, recording, {name: excesses[name] for name in SHOWN})

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measure.run(
            families=families or (),
            seeds=seeds,
            cycles=cycles,
            ticks=ticks,
            neurons=neurons,
            river=river,
            progress=progress,
            draw=drawn,
        )
    terminal.data(result, output, table(("family", "learner", *HEADS), measure.rows(result)))

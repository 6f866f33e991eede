"""`plastream bench skab`: lasting faults of a test rig, told from what is normal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from plastic_core.state import Float64
    from service.bench.skab.corpus import Series


def skab(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder of *.csv: datetime;<sensors>;anomaly;changepoint.")],
    first: Annotated[int, typer.Option(min=50, help="First scored row; before it is for learning.")] = 400,
    level: Annotated[
        float | None, typer.Option(min=0, max=1, help="Novelty that is anomalous; one for all files.")
    ] = None,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    plot: Annotated[Path | None, typer.Option(help="PNG of the novelty over each file.")] = None,
    output: options.Form = Output.TABLE,
) -> None:
    """F1, false and missed alarms and delay on multi-sensor recordings with labelled faults."""
    from service.bench.skab import measure
    from service.bench.skab.judges import LEVEL
    from service.bench.skab.plot import draw
    from service.bench.skab.scoring import HEADS

    told: list[tuple[Series, Float64]] = []
    terminal, used = terminal_of(context), LEVEL if level is None else level
    with bar(terminal) as progress:
        result = measure.run(
            data,
            first=first,
            neurons=neurons,
            level=used,
            progress=progress,
            draw=lambda series, novelty, _: told.append((series, novelty)),
        )
    if plot is not None:
        draw(plot, told, used, first)
    terminal.data(result, output, table(("answer", *HEADS), measure.rows(result)))

"""`plastream bench noise`: what is perceived through injected faults."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from service.bench.noise.faults import Faulty
    from service.bench.noise.run import Clean, Perceived


class Mixing(StrEnum):
    """Mixing strategies."""

    GATE = "gate"
    PRECISION = "precision"
    FIXED = "fixed"
    OFF = "off"


def noise(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder of CSV files without gaps (or with a folder ett of such).")],
    rates: Annotated[
        list[float] | None, typer.Option("--rate", min=0.0, max=0.5, help="Share of faults; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Ways to draw each kind of fault at each rate.")] = 1,
    ticks: Annotated[int, typer.Option("--ticks", min=100, help="First rows of each file that are played.")] = 10_000,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    mixing: Annotated[Mixing, typer.Option(help="How expectation and input are mixed.")] = Mixing.GATE,
    plot: Annotated[Path | None, typer.Option(help="PNG of truth, sensor and percept in the first file.")] = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Squared error of the percept against the clean truth, beside filters; which faults were overridden."""
    from plastic_core.core import Core, CoreConfig
    from plastic_core.mixing.settings import MixingSettings
    from service.bench.noise import run as measure

    def drawn(file: Clean, faulty: Faulty, seen: Perceived, stream: int) -> None:
        if plot is not None:
            from service.bench.noise.picture import draw

            draw(plot, file, faulty, seen, stream)

    terminal = terminal_of(context)
    core = Core.build(CoreConfig(neurons=neurons, mixing=MixingSettings(strategy=mixing.value)))
    with bar(terminal) as progress:
        result = measure.run(
            core, data, rates=rates or measure.RATES, seeds=seeds, rows=ticks, progress=progress, draw=drawn
        )
    terminal.data(result, output, table(measure.HEADS, measure.rows(result)))

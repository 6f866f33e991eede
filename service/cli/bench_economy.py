"""`plastream bench economy`: plastic writes saved while predictions hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of


def economy(
    context: typer.Context,
    recording: Annotated[
        Path | None, typer.Option(help="Made by `plastream record host`; the demo's by default.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=1.0, help="Only so much of it.")] = None,
    warm_up_s: Annotated[float, typer.Option("--warm-up", min=0.0, help="First seconds that are not scored.")] = 300.0,
    skipped: Annotated[float, typer.Option(min=0.0, max=0.99, help="Share of ticks that are not written.")] = 0.7,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    output: options.Form = Output.TABLE,
) -> None:
    """Share of writes into the trace that were skipped, and what that costs in accuracy."""
    from plastic_core.core import CoreConfig
    from plastic_core.economy import EconomySettings
    from service.bench import economy as measured

    terminal = terminal_of(context)
    config = CoreConfig(neurons=neurons, economy=EconomySettings(skipped))
    with bar(terminal) as progress:
        result = measured.run(config, recording, seconds=seconds, warm_up_s=warm_up_s, progress=progress)
    rows = [(name, f"{result[name]:.4g}") for name in measured.FIGURES]
    terminal.data(result, output, table(("figure", "value"), rows))

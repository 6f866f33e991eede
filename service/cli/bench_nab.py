"""`plastream bench nab`: anomalies in the files of the Numenta Anomaly Benchmark."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_progress import bar
from service.cli.terminal import Output, table, terminal_of


def nab(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Folder with data/<category>/*.csv and labels/combined_windows.json.")],
    write_scores: Annotated[Path | None, typer.Option(help="Folder for the score of every row, a CSV a file.")] = None,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    output: options.Form = Output.TABLE,
) -> None:
    """Score of onsets of novelty by the benchmark's own rules, beside simple detectors."""
    from service.bench.nab import measure

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measure.run(data, neurons=neurons, write_scores=write_scores, progress=progress)
    for note in result["left_out"]:
        terminal.say(f"left out: {note}")
    terminal.data(result, output, table(("detector", *measure.HEADS), measure.rows(result)))

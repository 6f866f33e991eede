"""`plastream bench`: how fast it is here."""

from __future__ import annotations

from contextlib import nullcontext
from enum import StrEnum
from typing import Annotated

import typer

from service.cli import options
from service.cli.bench_ablation import ablation
from service.cli.bench_economy import economy
from service.cli.bench_forecast import forecast
from service.cli.bench_mind import mind
from service.cli.bench_nab import nab
from service.cli.bench_noise import noise
from service.cli.bench_progress import bar
from service.cli.bench_reward import reward
from service.cli.bench_skab import skab
from service.cli.bench_switch import switch
from service.cli.terminal import Output, table, terminal_of

app = typer.Typer(help="Measure speed on this machine.", no_args_is_help=True)


@app.callback()
def bench() -> None:
    """Measure speed on this machine."""


app.command("ablation")(ablation)
app.command("economy")(economy)
app.command("mind")(mind)
app.command("forecast")(forecast)
app.command("nab")(nab)
app.command("noise")(noise)
app.command("reward")(reward)
app.command("skab")(skab)
app.command("switch")(switch)


@app.command()
def pipeline(
    context: typer.Context,
    log: Annotated[options.LogKind, typer.Option(help="Which log.")] = options.LogKind.EMBEDDED,
    events: Annotated[int, typer.Option(min=1000, help="Messages, each with 8 numeric fields.")] = 100_000,
    streams: Annotated[int, typer.Option(min=1, help="Streams that they belong to.")] = 200,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons per stream.")] = 128,
    broker: Annotated[str | None, typer.Option(help="Kafka at host:port.")] = None,
    driver: Annotated[str, typer.Option(help="Kafka client: kafka-python or confluent.")] = "kafka-python",
    output: options.Form = Output.TABLE,
) -> None:
    """Events per second from a filled topic to committed percepts, and latency when paced."""
    from service.bench import pipeline as measured

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measured.run(
            kind=log.value,
            events=events,
            streams=streams,
            workers=workers,
            neurons=neurons,
            broker=broker,
            driver=driver,
            progress=progress,
        )
    terminal.data(result, output, table(("figure", "value"), list(result.items())))


class Dtype(StrEnum):
    """How traces are kept."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Alpha(StrEnum):
    """Whose plasticity coefficient is its own."""

    SYNAPSE = "synapse"
    NEURON = "neuron"


@app.command()
def step(
    context: typer.Context,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons of a stream.")] = 256,
    streams: Annotated[int, typer.Option(min=1, help="B, streams that step together.")] = 8,
    ticks: Annotated[int, typer.Option(min=1, help="T, ticks at a time.")] = 64,
    dtype: Annotated[Dtype, typer.Option(help="How the engines keep traces.")] = Dtype.FLOAT32,
    alpha: Annotated[Alpha, typer.Option(help="A plasticity coefficient for each synapse or neuron.")] = Alpha.SYNAPSE,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of which the median counts.")] = 9,
    output: options.Form = Output.TABLE,
) -> None:
    """Microseconds a tick of one stream, beside the published formulation and this machine's copy speed."""
    from service.bench import step as measured

    terminal = terminal_of(context)
    with terminal.err.status("stepping") if not terminal.quiet else nullcontext():
        result = measured.run(
            neurons=neurons, streams=streams, ticks=ticks, dtype=dtype.value, alpha=alpha.value, rounds=rounds
        )
    terminal.data(result, output, table(("engine", *measured.ENGINE_FIGURES), measured.rows(result)))


class TrainedRule(StrEnum):
    """Rules that `bench train` measures."""

    HEBB = "hebb"
    OJA = "oja"
    CLIPPED = "clipped"


@app.command()
def train(
    context: typer.Context,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons of the layer.")] = 1000,
    ticks: Annotated[int, typer.Option(min=1, help="T, ticks of an episode.")] = 200,
    streams: Annotated[int, typer.Option(min=1, help="B, streams trained at once.")] = 1,
    rule: Annotated[TrainedRule, typer.Option(help="Plasticity rule.")] = TrainedRule.HEBB,
    episodes: Annotated[int, typer.Option(min=1, help="Episodes of which the median counts.")] = 5,
    output: options.Form = Output.TABLE,
) -> None:
    """Time and memory of an episode of training, beside plain autograd."""
    from service.bench import train as measured

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measured.run(
            rule=rule.value,
            neurons=neurons,
            ticks=ticks,
            streams=streams,
            episodes=episodes,
            progress=progress,
        )
    terminal.data(result, output, table(("figure", "value"), list(result.items())))


@app.command()
def maze(
    context: typer.Context,
    ticks: Annotated[int, typer.Option(min=2, help="T, ticks of an episode.")] = 250,
    neurons: Annotated[int, typer.Option(min=1, help="N, neurons of the agent.")] = 100,
    mazes: Annotated[int, typer.Option(min=1, help="Mazes side by side in a training step.")] = 128,
    walking: Annotated[int, typer.Option(min=1, help="Mazes side by side where nobody learns.")] = 4096,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of which the median counts.")] = 3,
    output: options.Form = Output.TABLE,
) -> None:
    """Episodes of the maze a CPU second: one maze as published, many as one batch, and without a network."""
    from service.bench import maze as measured

    terminal = terminal_of(context)
    with terminal.err.status("wandering") if not terminal.quiet else nullcontext():
        result = measured.run(ticks=ticks, neurons=neurons, mazes=mazes, walking=walking, rounds=rounds)
    terminal.data(result, output, table(("figure", "value"), list(result.items())))


@app.command()
def encode(
    context: typer.Context,
    formats: Annotated[list[str] | None, typer.Option("--format", help="A format; may be repeated.")] = None,
    encoders: Annotated[list[str] | None, typer.Option("--encoder", help="An encoder; may be repeated.")] = None,
    readings: Annotated[int, typer.Option(min=1000, help="Readings of 8 numbers in each format.")] = 20_000,
    streams: Annotated[int, typer.Option(min=1, help="Streams that they belong to.")] = 200,
    rounds: Annotated[int, typer.Option(min=1, help="Measurements of which the median counts.")] = 5,
    output: options.Form = Output.TABLE,
) -> None:
    """Field values a CPU second: bytes to the network's input for each format, and each encoder alone."""
    from rich.console import Group

    from service.bench import encode as measured

    terminal = terminal_of(context)
    with bar(terminal) as progress:
        result = measured.run(
            formats=formats or (),
            encoders=encoders or (),
            readings=readings,
            streams=streams,
            rounds=rounds,
            progress=progress,
        )
    shown = Group(
        table(("format", *measured.FORMAT_FIGURES), measured.rows(result["formats"], measured.FORMAT_FIGURES)),
        table(("encoder", *measured.ENCODER_FIGURES), measured.rows(result["encoders"], measured.ENCODER_FIGURES)),
    )
    terminal.data(result, output, shown)

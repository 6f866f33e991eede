"""`plastream encoder`: the encoders there are, what they do, and how to make one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from encoders.contract import Encoder

app = typer.Typer(help="Encoders: sensor values to vectors and back.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name in `plastream encoder list`.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A setting of the encoder; may be repeated.")
]
Values = Annotated[list[str], typer.Argument(help="Values as JSON; text that is no JSON is taken as it is.")]


@app.callback()
def encoder() -> None:
    """Encoders: sensor values to vectors and back."""


@app.command("list")
def list_encoders(context: typer.Context, output: options.Form = Output.TABLE) -> None:
    """All encoders, plug-ins too: width with their usual settings, what is read back, what they are for."""
    from encoders.catalogue import encoders
    from service.encoding.description import summary

    found = [summary(name) for name in sorted(encoders())]
    rows = [(one["name"], one["width"], one["decodes"], one["purpose"]) for one in found]
    terminal_of(context).data(found, output, table(("name", "width", "reads back", "for"), rows))


@app.command()
def explain(context: typer.Context, name: Name, settings: Settings = None, output: options.Form = Output.TABLE) -> None:
    """What an encoder does: its equation, the values it takes, its settings and what it remembers of a stream."""
    from service.encoding.description import described, pages

    found = described(_built(name, settings))
    terminal_of(context).data(found, output, pages(found))


@app.command()
def encode(
    context: typer.Context,
    name: Name,
    values: Values,
    settings: Settings = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Codes of values that one stream sends one after the other, and what is read back from each."""
    from service.encoding.trying import lived, parsed

    found = lived(_built(name, settings), [parsed(value) for value in values])
    rows = [(one["value"], one["sensed"], _listed(one["codes"]), one["decoded"], one["resolution"]) for one in found]
    shown = table(("value", "sensed", "codes", "read back", "within"), rows)
    terminal_of(context).data(found, output, shown)


@app.command()
def decode(
    context: typer.Context,
    name: Name,
    codes: Annotated[str, typer.Argument(help="Codes as a JSON list, one number a channel.")],
    after: Annotated[
        list[str] | None, typer.Option("--after", help="A value that the stream sent before; may be repeated.")
    ] = None,
    settings: Settings = None,
    output: options.Form = Output.TABLE,
) -> None:
    """What codes read as to a stream that has sent some values: the nearest value that makes sense."""
    from service.encoding.trying import parsed, read

    found = read(_built(name, settings), parsed(codes), [parsed(value) for value in after or []])
    terminal_of(context).data(found, output, table(("figure", "value"), list(found.items())))


@app.command()
def plot(
    context: typer.Context,
    name: Name,
    out: Annotated[Path | None, typer.Option("--out", help="New PNG; encoder-NAME.png by default.")] = None,
    low: Annotated[float | None, typer.Option("--low", help="Lowest value; --high too.")] = None,
    high: Annotated[float | None, typer.Option("--high", help="Highest value.")] = None,
    values: Annotated[Path | None, typer.Option("--values", help="File of values, a JSON value a line.")] = None,
    count: Annotated[int, typer.Option("--count", min=2, max=1000, help="Values on the axes.")] = 160,
    settings: Settings = None,
) -> None:
    """Draw how alike the codes of values over a range are: a similarity matrix, and the codes beside it."""
    from service.encoding.similarity import codes_of
    from service.encoding.similarity import plot as draw
    from service.encoding.trying import range_of
    from service.errors import UsageError

    shown = range_of(name, low=low, high=high, values=values, count=count)
    built = _built(name, settings, shown.settings)
    codes, sensed = codes_of(built, shown.values, shown.history)
    if not sensed.any():
        raise UsageError(f"{name} understands none of these values: see `plastream encoder explain {name}`")
    labels = [label for label, kept in zip(shown.labels, sensed.tolist(), strict=True) if kept]
    path = draw(f"{name}: similarity of codes", labels, codes[sensed], out or Path(f"encoder-{name}.png"))
    terminal = terminal_of(context)
    if not sensed.all():
        terminal.say(f"{int((~sensed).sum())} of {len(sensed)} values are not understood and left out")
    terminal.say(f"{path}: {len(labels)} values, {built.width} channels")


@app.command()
def gallery(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", help="New PNG.")] = Path("encoders.png"),
    count: Annotated[int, typer.Option("--count", min=2, max=1000, help="Values on the axes.")] = 96,
) -> None:
    """Draw the similarity matrices of all encoders side by side."""
    from encoders.specimens import SPECIMENS
    from service.encoding.similarity import codes_of, similarity
    from service.encoding.similarity import gallery as draw

    matrices = {
        name: similarity(codes_of(_built(name, None, shown.settings), shown.values(count), shown.history)[0])
        for name, shown in SPECIMENS.items()
    }
    terminal_of(context).say(f"{draw(matrices, out)}: {len(matrices)} encoders")


@app.command()
def check(
    context: typer.Context,
    module: Annotated[str, typer.Argument(help="Module of an encoder: dotted name, .py file, or MODULE:CLASS.")],
    output: options.Form = Output.TABLE,
) -> None:
    """Hold an encoder of one's own against the promises that all encoders keep; exit code 1 where one is broken."""
    from service.encoding.checking import checked, subject
    from service.errors import ExitCode

    terminal = terminal_of(context)
    tried, example = subject(module)
    with terminal.err.status("checking"):
        found = [{"promise": one.promise, "kept": one.kept, "broken": one.broken} for one in checked(tried, example)]
    broken = sum(not one["kept"] for one in found)
    rows = [("kept" if one["kept"] else "BROKEN", one["promise"], one["broken"]) for one in found]
    terminal.data(found, output, table(("", "promise", "how it was broken"), rows))
    terminal.say(f"{tried.name}: {len(found) - broken} of {len(found)} promises kept")
    if broken:
        raise typer.Exit(ExitCode.FAILURE)


@app.command()
def new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Small letters, digits and _; what schemas will call it.")],
    into: Annotated[Path, typer.Option("--into", help="Folder in which the distribution is made.")] = Path(),
) -> None:
    """Write a new encoder as a distribution of its own that works and passes `encoder check`; change it from there."""
    from service.encoding import scaffold

    written = scaffold.write(name, into)
    terminal = terminal_of(context)
    for path in written:
        terminal.text(str(path))
    folder = written[0].parent
    terminal.say(f"next: pip install -e {folder}; plastream encoder check plastream_{name}")


def _built(name: str, settings: list[str] | None, usual: dict[str, Any] | None = None) -> Encoder:
    """The encoder with its own settings over `usual`. Raises CatalogueError, UsageError."""
    from encoders.catalogue import build

    return build(name, (usual or {}) | options.parsed(settings or []))


def _listed(codes: list[float]) -> str:
    return " ".join(f"{code:.4g}" for code in codes)

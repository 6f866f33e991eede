"""`plastream schema`: what messages look like, why, and what has changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import options
from service.cli.message_files import read_messages
from service.cli.records import newest
from service.cli.terminal import Output, table, terminal_of
from service.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from encoders.formats.contract import Message
    from encoders.schema.explain import Explained
    from encoders.schema.pin import Pins
    from encoders.schema.topic import TopicSchema
    from service.settings import Settings

app = typer.Typer(help="Look at the shape of messages.", no_args_is_help=True)

File = Annotated[
    Path | None,
    typer.Option("--file", "-f", help="File with a message a line, - for stdin; a binary file, or each of a folder."),
]
PinsFile = Annotated[Path | None, typer.Option("--pins", help="YAML file that pins parts of the schema.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, help="Messages to look at.")]


@app.callback()
def schema() -> None:
    """Look at the shape of messages."""


@app.command()
def infer(
    context: typer.Context,
    file: File = None,
    topic: options.Topic = None,
    pins: PinsFile = None,
    save: Annotated[Path | None, typer.Option("--save", help="Write the schema as YAML, to pin it later.")] = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    limit: Limit = 100,
    output: options.Form = Output.TABLE,
) -> None:
    """Infer format, time key, id key and field types from a file's or topic's messages."""
    settings = _settings(config, broker, log, data_dir, topic, pins)
    found = _judged(_messages(file, topic, settings, limit), settings)
    if save is not None:
        _save(found, save)
    terminal_of(context).data(found.model_dump(mode="json"), output, table(("path", "role", "type"), _rows(found)))


@app.command()
def explain(
    context: typer.Context,
    file: File = None,
    topic: options.Topic = None,
    pins: PinsFile = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    limit: Limit = 100,
    output: options.Form = Output.TABLE,
) -> None:
    """Say why each field gets its encoder and channels, and what is left out."""
    from dataclasses import asdict

    from encoders.schema.explain import explained
    from service.build import format_access

    settings = _settings(config, broker, log, data_dir, topic, pins)
    messages = _messages(file, topic, settings, limit)
    lines = explained(messages, _judged(messages, settings), settings.core.width, format_access(settings))
    columns = ("path", "type", "encoder", "width", "channels", "unit", "why")
    shown = table(columns, [_explained_row(line) for line in lines])
    terminal_of(context).data([asdict(line) for line in lines], output, shown)


@app.command()
def diff(
    context: typer.Context,
    sides: Annotated[
        list[Path],
        typer.Argument(metavar="A [B]", help="Schemas (JSON or YAML), or files of messages.", default_factory=list),
    ],
    topic: options.Topic = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    limit: Limit = 100,
    output: options.Form = Output.TABLE,
) -> None:
    """Compare two schemas: A with B, A with the topic's schema in force, or that with its newest messages.

    Exits with 0 where they are the same, with 1 where not.
    """
    from encoders.schema.difference import difference

    settings = _settings(config, broker, log, data_dir, topic, None)
    if len(sides) > 2 or (len(sides) == 2 and topic is not None) or (len(sides) < 2 and topic is None):
        raise UsageError("give two files, or --topic and at most one file")
    if topic is None:
        old, new = (_schema_of(side, settings, limit) for side in sides)
    else:
        kept = _kept(settings)
        old = _schema_of(sides[0], settings, limit) if sides else kept
        new = kept if sides else _judged(_messages(None, topic, settings, limit), settings)
    lines = difference(old, new)
    terminal = terminal_of(context)
    if output is Output.TABLE:
        for line in lines:
            terminal.text(line)
    else:
        terminal.data(lines, output)
    if lines:
        raise typer.Exit(ExitCode.FAILURE)


def _settings(
    config: Path | None,
    broker: str | None,
    log: options.LogKind | None,
    data_dir: Path | None,
    topic: str | None,
    pins: Path | None,
) -> Settings:
    flags: dict[str, Any] = {"input__topic": topic, "input__schema_file": pins}
    return options.load(config, broker=broker, log=log, data_dir=data_dir, **flags).settings


def _messages(file: Path | None, topic: str | None, settings: Settings, limit: int) -> list[Message]:
    """Those of the file, or the newest of the topic. Raises UsageError."""
    if (file is None) == (topic is None):
        raise UsageError("give either --file or --topic")
    if file is not None:
        return read_messages(file, limit)
    from service.cli.records import opened
    from service.pipeline import message_of

    with opened(settings) as source:
        return [message_of(record) for record in newest(source, settings.input.topic, limit)]


def _judged(messages: Sequence[Message], settings: Settings) -> TopicSchema:
    """The schema of these messages with what the settings pin. Raises UsageError where none can be read."""
    from encoders.schema.infer import infer as infer_schema
    from encoders.schema.pin import overlaid, pinned
    from service.build import format_access, schema_pins

    pins: Pins = schema_pins(settings)
    inferred = infer_schema(
        messages, format_access(settings), pins.format, time_path=pins.time_path, id_path=pins.id_path
    )
    if not inferred.fields:
        raise UsageError(f"none of {len(messages)} messages could be read as {inferred.format} with fields")
    return overlaid(inferred, pinned(pins, inferred))


def _kept(settings: Settings) -> TopicSchema:
    from service.build import kept_schema
    from service.cli.records import opened

    with opened(settings) as source:
        kept = kept_schema(source, settings)
    if kept is None:
        raise UsageError(f"no schema of {settings.input.topic} is in force yet: it is made when the topic is first run")
    return kept


def _schema_of(path: Path, settings: Settings, limit: int) -> TopicSchema:
    """The schema that a file holds, as JSON or as pins, or that its messages show."""
    from pydantic import ValidationError

    from encoders.schema.pin import overlaid, pinned
    from encoders.schema.pins_file import PinsError, read_pins
    from encoders.schema.topic import TopicSchema

    if path.suffix.lower() in (".yaml", ".yml"):
        try:
            pins = read_pins(path)
        except PinsError as error:
            raise UsageError(str(error)) from None
        bare = TopicSchema(format=pins.format or "json")
        return overlaid(bare, pinned(pins, bare))
    messages = read_messages(path, limit)
    if len(messages) == 1:
        try:
            return TopicSchema.model_validate_json(messages[0].value or b"")
        except ValidationError:
            pass
    return _judged(messages, settings)


def _save(found: TopicSchema, path: Path) -> None:
    from encoders.schema.pins_file import written_pins

    try:
        path.write_text(written_pins(found), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}: choose another --save") from None


def _rows(found: TopicSchema) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    if found.time:
        rows.append((found.time.path, "event time", found.time.unit))
    if found.id:
        rows.append((found.id.path, "stream id", ""))
    for path, field in found.fields.items():
        sure = "" if field.confidence >= 1.0 else f" ({field.confidence:.0%} sure)"
        unit = f" in {field.unit}" if field.unit else ""
        rows.append((path, f"encoder {field.encoder}" if field.encoder else "left out", field.type + unit + sure))
    return rows


def _explained_row(line: Explained) -> tuple[object, ...]:
    unit = line.unit or ""
    if line.si and line.si != unit:
        unit += f" (SI: {line.si})"
    shown = line.encoder or ("-" if line.role == "field" else line.role)
    return line.path, line.type, shown, line.width or "", line.channels, unit, "; ".join(line.why)

"""`plastream schema`: what messages look like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli import options
from service.cli.records import newest, read_lines
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from encoders.schema.topic import TopicSchema

app = typer.Typer(help="Look at the shape of messages.", no_args_is_help=True)


@app.callback()
def schema() -> None:
    """Look at the shape of messages."""


@app.command()
def infer(
    context: typer.Context,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="NDJSON file, - for stdin.")] = None,
    topic: options.Topic = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Messages to look at.")] = 100,
    output: options.Form = Output.TABLE,
) -> None:
    """Infer time key, id key and field types from a file's or topic's messages."""
    from encoders.formats.contract import Message
    from encoders.schema.infer import infer as infer_schema
    from service.errors import UsageError

    if (file is None) == (topic is None):
        raise UsageError("give either --file or --topic")
    if file is not None:
        messages = [Message(None, line) for line in read_lines(file)[:limit]]
    else:
        from service.cli.records import opened
        from service.pipeline import message_of

        settings = options.load(config, broker=broker, log=log, data_dir=data_dir, input__topic=topic).settings
        with opened(settings) as source:
            messages = [message_of(record) for record in newest(source, settings.input.topic, limit)]
    found = infer_schema(messages)
    if not found.fields:
        raise UsageError(f"none of {len(messages)} messages could be read as a JSON object with fields")
    terminal_of(context).data(found.model_dump(mode="json"), output, table(("path", "role", "type"), _rows(found)))


def _rows(found: TopicSchema) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    if found.time:
        rows.append((found.time.path, "event time", found.time.unit))
    if found.id:
        rows.append((found.id.path, "stream id", ""))
    for path, field in found.fields.items():
        sure = "" if field.confidence >= 1.0 else f" ({field.confidence:.0%} sure)"
        rows.append((path, f"encoder {field.encoder}" if field.encoder else "left out", field.type + sure))
    return rows

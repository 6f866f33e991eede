"""`plastream topic`: look into a log, and put messages into it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import interrupts, options, percept_text, records
from service.cli.terminal import Output, Terminal, table, terminal_of

if TYPE_CHECKING:
    from service.log.contract import Record

APPEND_RECORDS = 1000

app = typer.Typer(help="Look into the topics of a log.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="TOPIC", help="Name of the topic.")]
Count = Annotated[int, typer.Option("--last", "-n", min=1, help="How many of the newest records.")]


@app.command("list")
def list_topics(
    context: typer.Context,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Print all topics with their partitions and how many records they hold."""
    settings = options.load(config, broker=broker, log=log, data_dir=data_dir).settings
    with records.opened(settings) as source:
        rows: list[dict[str, Any]] = []
        for name, partitions in sorted(source.topics().items()):
            spans = source.spans(name).values()
            rows.append(
                {"topic": name, "partitions": partitions, "records": sum(span.end - span.first for span in spans)}
            )
    shown = table(("topic", "partitions", "records"), [list(row.values()) for row in rows])
    terminal_of(context).data(rows, output, shown)


@app.command()
def tail(
    context: typer.Context,
    topic: Name,
    last: Count = 10,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new records until Ctrl-C.")] = False,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Print the newest records: percepts in words, anything else as it is."""
    settings = options.load(config, broker=broker, log=log, data_dir=data_dir).settings
    terminal = terminal_of(context)
    with records.opened(settings) as source, interrupts.stop_request() as stop:
        # positions first: what comes between the two is told twice rather than never
        offsets = {partition: span.end for partition, span in source.spans(topic).items()}
        shown = records.newest(source, topic, last)
        for record in shown:
            _print(terminal, record, output)
            offsets[record.partition] = max(offsets[record.partition], record.offset + 1)
        while follow and not stop.requested:
            came = list(records.follow(source, topic, offsets))
            for record in came:
                _print(terminal, record, output)
            if not came:
                stop.wait(0.1)
    _leave(stop)


@app.command()
def dlq(
    context: typer.Context,
    topic: Name,
    last: Count = 20,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Print the newest dead letters of a topic: messages that could not be read, with the reason."""
    from service.log.contract import TopicMissing

    name = topic if topic.endswith(".dlq") else f"{topic}.dlq"
    settings = options.load(config, broker=broker, log=log, data_dir=data_dir).settings
    terminal = terminal_of(context)
    with records.opened(settings) as source:
        try:
            found = records.newest(source, name, last)
        except TopicMissing:
            source.spans(topic.removesuffix(".dlq"))  # the topic itself must exist
            found = []
    rows = [
        (
            records.record_time(record),
            f"{records.header(record, 'dlq_partition')}:{records.header(record, 'dlq_offset')}",
            records.header(record, "dlq_reason"),
            records.header(record, "dlq_error"),
            _shortened(record),
        )
        for record in found
    ]
    columns = ("when", "partition:offset", "reason", "error", "message")
    terminal.data([records.as_json(record) for record in found], output, table(columns, rows))
    reasons = Counter(records.header(record, "dlq_reason") for record in found)
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    terminal.say(told or f"no dead letters in {name}")


@app.command()
def append(
    context: typer.Context,
    topic: Name,
    file: Annotated[Path, typer.Option("--file", "-f", help="NDJSON file, one message a line; - is stdin.")],
    key: Annotated[str | None, typer.Option("--key", help="Field that names the stream; inferred by default.")] = None,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
) -> None:
    """Put the lines of a file into a topic, keyed by their stream; on the embedded log the topic is made."""
    from service.build import log_settings, make_input_topic
    from service.log.contract import Draft
    from service.log.open import open_log

    settings = options.load(config, broker=broker, log=log, data_dir=data_dir, input__topic=topic).settings
    terminal = terminal_of(context)
    lines = records.read_lines(file)
    keys, path = stream_keys(lines, key)
    drafts = [Draft(line, key=name) for line, name in zip(lines, keys, strict=True)]
    with open_log(log_settings(settings)) as target:
        make_input_topic(target, settings)
        for first in range(0, len(drafts), APPEND_RECORDS):
            target.append(topic, drafts[first : first + APPEND_RECORDS])
    keyed = f"keyed by {path}" if path else "without a key: no field names the stream"
    terminal.say(f"{len(lines)} messages appended to {topic}, {keyed}")


def stream_keys(lines: list[bytes], path: str | None) -> tuple[list[bytes | None], str | None]:
    """The record key of each line, and the field it came from; a stream must not wander between partitions."""
    from service.recordings import NAMELESS, lines_read

    schema, readings = lines_read(lines, path)
    keys: list[bytes | None] = [None] * len(lines)
    for source, stream in zip(readings.source.tolist(), readings.streams, strict=True):
        keys[source] = None if stream == NAMELESS else stream.encode()
    return keys, schema.id.path if schema.id else None


def _print(terminal: Terminal, record: Record, output: Output) -> None:
    if output is Output.TABLE:
        terminal.text(percept_text.line(record))
    elif output is Output.JSON:
        import orjson

        terminal.text(orjson.dumps(records.as_json(record)).decode())  # one object a line: a stream has no end
    else:
        terminal.text("---")
        terminal.data(records.as_json(record), output)


def _leave(stop: interrupts.StopRequest) -> None:
    from service.errors import ExitCode

    if stop.by_keyboard:
        raise typer.Exit(ExitCode.INTERRUPTED)


def _shortened(record: Record, limit: int = 60) -> str:
    text = (record.value or b"")[: 2 * limit].decode(errors="replace")
    return text if len(text) <= limit else text[: limit - 1] + "…"

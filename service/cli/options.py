"""Options that several commands share, and what they mean as settings."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.terminal import Output

if TYPE_CHECKING:
    from service.layers import Loaded


class LogKind(StrEnum):
    """Kinds of log."""

    EMBEDDED = "embedded"
    KAFKA = "kafka"


Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="YAML file with settings.", envvar="PLASTREAM_CONFIG")
]
Broker = Annotated[str | None, typer.Option("--broker", help="Kafka at host:port[,host:port...]; implies --log kafka.")]
Log = Annotated[LogKind | None, typer.Option("--log", help="Which log to use.")]
DataDirectory = Annotated[Path | None, typer.Option("--data-dir", help="Folder of the embedded log.")]
Topic = Annotated[str | None, typer.Option("--topic", "-t", help="Topic of the sensor messages.")]
Workers = Annotated[int | None, typer.Option("--workers", "-w", help="Worker processes.")]
Form = Annotated[Output, typer.Option("--output", "-o", help="Form of the data on stdout.")]
Sets = Annotated[
    list[str] | None, typer.Option("--set", metavar="SECTION.KEY=VALUE", help="Any other setting; may be repeated.")
]


def load(
    config: Path | None,
    *,
    broker: str | None = None,
    log: LogKind | None = None,
    data_dir: Path | None = None,
    sets: list[str] | None = None,
    **flags: Any,
) -> Loaded:
    """All settings, with these options on top. flags: section__key. Raises ConfigError."""
    from service.layers import load as load_layers

    given: dict[str, Any] = {name.replace("__", ".", 1): value for name, value in flags.items()}
    given["log.kind"] = log.value if log else ("kafka" if broker else None)
    given |= {"log.brokers": broker, "log.directory": data_dir}
    return load_layers(config, given | parsed(sets or []))


def made(folder: Path, option: str) -> Path:
    """The folder that an option names, made where it is not there yet. Raises UsageError."""
    from service.errors import UsageError

    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder: choose another {option}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be made: {error.strerror}: choose another {option}") from None
    return folder


def parsed(sets: list[str]) -> dict[str, Any]:
    """SECTION.KEY -> value of each --set, read as YAML. Raises UsageError."""
    import yaml

    from service.errors import UsageError

    values: dict[str, Any] = {}
    for text in sets:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--set {text}: write SECTION.KEY=VALUE")
        try:
            values[key.strip()] = yaml.safe_load(value)
        except yaml.YAMLError:
            values[key.strip()] = value
    return values

"""`plastream doctor`: whether this machine has what it takes."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from service.cli import options
from service.cli.terminal import Output, table, terminal_of

if TYPE_CHECKING:
    from service.settings import Settings

LOW_DISK_BYTES = 1_000_000_000
LOW_MEMORY_BYTES = 2_000_000_000


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """Works without it."""
    BAD = "bad"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    health: Health
    detail: str


def doctor(
    context: typer.Context,
    config: options.Config = None,
    broker: options.Broker = None,
    log: options.Log = None,
    data_dir: options.DataDirectory = None,
    output: options.Form = Output.TABLE,
) -> None:
    """Check Python, packages, disk, memory and that the log can be reached. Java is not needed to run."""
    from service.errors import ExitCode

    settings = options.load(config, broker=broker, log=log, data_dir=data_dir).settings
    checks = [_python(), *_packages(settings), _memory(), _disk(settings), _log(settings)]
    rows = [(check.name, check.health.value, check.detail) for check in checks]
    content = [{"check": name, "health": health, "detail": detail} for name, health, detail in rows]
    terminal = terminal_of(context)
    terminal.data(content, output, table(("check", "", "detail"), rows))
    bad = [check for check in checks if check.health in (Health.BAD, Health.UNREACHABLE)]
    if bad:
        terminal.fail("; ".join(f"{check.name}: {check.detail}" for check in bad))
        waits = all(check.health is Health.UNREACHABLE for check in bad)
        raise typer.Exit(ExitCode.NOT_READY if waits else ExitCode.FAILURE)


def _python() -> Check:
    right = sys.version_info >= (3, 11)
    return Check("python", Health.OK if right else Health.BAD, f"{platform.python_version()} on {platform.platform()}")


def _packages(settings: Settings) -> list[Check]:
    wanted_driver = settings.log.kind == "kafka" and settings.log.driver == "confluent"
    return [
        *(_package(name, needed=True) for name in ("ray", "numba", "numpy", "torch", "kafka-python")),
        _package("confluent-kafka", needed=wanted_driver, extra="fast-kafka"),
        _package("matplotlib", needed=False, extra="plot"),
    ]


def _package(name: str, *, needed: bool, extra: str | None = None) -> Check:
    advice = f'pip install "plastream[{extra}]"' if extra else "install plastream again"
    try:
        return Check(name, Health.OK, version(name))
    except PackageNotFoundError:
        return Check(name, Health.BAD if needed else Health.NOTE, f"not installed: {advice}")


def _memory() -> Check:
    import psutil

    memory = psutil.virtual_memory()
    detail = f"{memory.available / 1e9:.1f} GB of {memory.total / 1e9:.1f} GB free, {os.cpu_count()} CPUs"
    return Check("memory", Health.OK if memory.available > LOW_MEMORY_BYTES else Health.NOTE, detail)


def _disk(settings: Settings) -> Check:
    folder = settings.log.directory if settings.log.kind == "embedded" else settings.snapshot_directory
    place = _existing(folder)
    if not os.access(place, os.W_OK):
        return Check("disk", Health.BAD, f"{place} cannot be written: choose another folder")
    free = shutil.disk_usage(place).free
    health = Health.OK if free > LOW_DISK_BYTES else Health.NOTE
    return Check("disk", health, f"{free / 1e9:.1f} GB free for {folder}")


def _existing(folder: Path) -> Path:
    """The folder or the nearest one above it that exists."""
    folder = folder.absolute()
    return next((place for place in (folder, *folder.parents) if place.exists()), folder)


def _log(settings: Settings) -> Check:
    from service.build import log_settings
    from service.log.contract import LogError, LogUnreachable
    from service.log.open import open_log

    if settings.log.kind == "embedded" and not settings.log.directory.is_dir():
        return Check("log", Health.OK, f"embedded, will be made in {settings.log.directory}")
    try:
        with open_log(log_settings(settings)) as log:
            count = len(log.topics())
    except LogUnreachable as error:
        return Check("log", Health.UNREACHABLE, " ".join(str(error).split()))
    except LogError as error:
        return Check("log", Health.BAD, " ".join(str(error).split()))
    place = settings.log.brokers if settings.log.kind == "kafka" else settings.log.directory
    return Check("log", Health.OK, f"{settings.log.kind} at {place}, {count} topics")

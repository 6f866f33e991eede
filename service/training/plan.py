"""What is to be trained, from the task's presets, a YAML file, --set and flags; each later one counts more.

task:   {bits: 1000, patterns: 5}       fields of the task's dataclass in plastic_core/tasks/
train:  {episodes: 400, batch: 1}       fields of plastic_core.train.settings.TrainSettings
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from service.errors import ConfigError, UsageError
from service.layers import Values, nearest, read_yaml

if TYPE_CHECKING:
    from plastic_core.tasks.contract import Preset
    from plastic_core.train.learner import Plan

Made = TypeVar("Made")


@dataclass(frozen=True)
class Wish:
    """Which of a task's versions is meant."""

    arm: str | None = None
    """Key of its arms; None for the first one, which is the claim."""
    quick: bool = False
    data: Path | None = None
    """Folder of its data; None for the default one."""


def read_plan(name: str, config: Path | None, sets: Values, flags: Mapping[str, Any], wish: Wish | None = None) -> Plan:
    """The plan for a task of the catalogue; raises UsageError, ConfigError in one line.

    sets, flags: section.key -> value; None among the flags means not given.
    """
    from plastic_core.trace.catalogue import TRACINGS
    from plastic_core.train.learner import Plan
    from plastic_core.train.settings import TrainSettings

    kind, wish = task_named(name), wish or Wish()
    arm = arm_named(name, kind, wish.arm)
    given = {key: value for key, value in flags.items() if value is not None}
    kinds: dict[str, type[Any]] = {"task": kind, "train": TrainSettings}
    known = [f"{section}.{field.name}" for section, kind in kinds.items() for field in fields(kind)]
    presets = [kind.full, kind.arms[arm], *([kind.quick] if wish.quick else [])]
    layers = [("preset", _flat(preset)) for preset in presets]
    layers += [(f"file {config}", read_yaml(config, known))] if config else []
    layers += [("--data", _placed(name, known, wish.data)), ("--set", sets), ("flag", given)]
    values: Values = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        for key, value in layer.items():
            if key not in known:
                raise ConfigError(f"unknown setting {key} ({origin}); did you mean {nearest(key, known)}?")
            values[key], origins[key] = value, origin
    task, settings = (_made(kind, section, values, origins) for section, kind in kinds.items())
    if settings.tracing not in TRACINGS:
        raise ConfigError(f"train.tracing is one of {', '.join(TRACINGS)}, not {settings.tracing!r}")
    return Plan(name, task, settings, arm)


def task_named(name: str) -> type[Any]:
    """The task's dataclass. Raises UsageError."""
    from plastic_core.tasks.catalogue import TASKS

    if name not in TASKS:
        raise UsageError(f"no task {name!r}; there are: {', '.join(TASKS)}")
    return TASKS[name]


def arm_named(name: str, kind: type[Any], arm: str | None) -> str:
    """A name among the task's arms; the first one where none is given. Raises UsageError."""
    if arm is not None and arm not in kind.arms:
        raise UsageError(f"{name} has no arm {arm!r}; there are: {', '.join(kind.arms)}")
    return arm or next(iter(kind.arms))


def _flat(preset: Preset) -> Values:
    task = {f"task.{key}": value for key, value in preset.task.items()}
    return task | {f"train.{key}": value for key, value in preset.train.items()}


def _placed(name: str, known: Collection[str], data: Path | None) -> Values:
    if data is None:
        return {}
    if "task.folder" not in known:
        raise UsageError(f"{name} draws its episodes from a seed: leave out --data")
    return {"task.folder": str(data)}


def _made(kind: type[Made], section: str, values: Values, origins: Mapping[str, str]) -> Made:
    """The dataclass of one section."""
    start, names = f"{section}.", [field.name for field in fields(cast("Any", kind))]
    own = {key.removeprefix(start): value for key, value in values.items() if key.startswith(start)}
    try:
        return TypeAdapter(kind).validate_python(own)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "should be")
        if not first["loc"]:  # the dataclass's own check, which names its field first where it is about one
            named = message.partition(" ")[0] in names
            raise ConfigError(f"{start if named else f'{section}: '}{message}") from None
        key = f"{start}{first['loc'][0]}"
        raise ConfigError(f"{key} {message}, not {first['input']!r} ({origins.get(key, 'default')})") from None

"""What is to be trained, from a YAML file, --set and flags; each later one counts more.

task:   {bits: 1000, patterns: 5}       fields of the task's dataclass in plastic_core/tasks/
train:  {episodes: 400, batch: 1}       fields of plastic_core.train.settings.TrainSettings
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from service.errors import ConfigError, UsageError
from service.layers import Values, nearest, read_yaml

if TYPE_CHECKING:
    from plastic_core.train.learner import Plan

Made = TypeVar("Made")


def read_plan(name: str, config: Path | None, sets: Values, flags: Mapping[str, Any]) -> Plan:
    """The plan for a task of the catalogue; raises UsageError, ConfigError in one line.

    sets, flags: section.key -> value; None among the flags means not given.
    """
    from plastic_core.tasks.catalogue import TASKS
    from plastic_core.trace.catalogue import TRACINGS
    from plastic_core.train.learner import Plan
    from plastic_core.train.settings import TrainSettings

    if name not in TASKS:
        raise UsageError(f"no task {name!r}; there are: {', '.join(TASKS)}")
    given = {key: value for key, value in flags.items() if value is not None}
    kinds: dict[str, type[Any]] = {"task": TASKS[name], "train": TrainSettings}
    known = [f"{section}.{field.name}" for section, kind in kinds.items() for field in fields(kind)]
    layers = [(f"file {config}", read_yaml(config, known))] if config else []
    layers += [("--set", sets), ("flag", given)]
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
    return Plan(name, task, settings)


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

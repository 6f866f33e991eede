"""Reading settings: flags over environment over secrets files over a YAML file over defaults.

Layers are merged setting by setting; a mapping such as input.fields is one setting and replaced as a whole.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource, SettingsError

from service.errors import ConfigError
from service.settings import Settings, groups, known_keys

PREFIX = "PLASTREAM_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
SECRETS_VARIABLE = f"{PREFIX}SECRETS_DIR"

Values = dict[str, Any]
"""section.key -> value as found."""


@dataclass(frozen=True)
class Layer:
    """The settings found in one place."""

    origin: str
    """The place, in words."""
    values: Values
    """section.key -> value; unknown keys included."""


@dataclass(frozen=True)
class Loaded:
    """The settings in force, and where each came from."""

    settings: Settings
    origins: dict[str, str]
    """section.key -> place, for every known key."""


def load(config: Path | None = None, flags: Mapping[str, Any] | None = None) -> Loaded:
    """Read all layers; raises ConfigError in one line for anything unknown, unreadable or out of range.

    config: the YAML file, by default the one named by PLASTREAM_CONFIG, if any.
    flags: section.key -> value from the command line; None means not given.
    """
    given = {key: value for key, value in (flags or {}).items() if value is not None}
    layers = [Layer("default", {}), *_file_layers(config), _environment_layer(), Layer("flag", given)]
    origins = dict.fromkeys(known_keys(), "default")
    values: Values = {}
    for layer in layers:
        _refuse_unknown(layer)
        values |= layer.values
        origins |= dict.fromkeys(layer.values, layer.origin)
    try:
        return Loaded(Settings.model_validate(_nested(values)), origins)
    except ValidationError as error:
        raise ConfigError(_first_problem(error, origins)) from None


def _file_layers(config: Path | None) -> list[Layer]:
    named = os.environ.get(CONFIG_VARIABLE)
    path = config or (Path(named) if named else None)
    secrets = os.environ.get(SECRETS_VARIABLE)
    layers = [Layer(f"file {path}", read_yaml(path, known_keys()))] if path else []
    return layers + ([Layer(f"secrets file in {secrets}", _read_secrets(Path(secrets)))] if secrets else [])


def read_yaml(path: Path, known: Collection[str]) -> Values:
    """The settings of one YAML file; an empty file is allowed. known: every section.key that there is."""
    try:
        content: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"config file {path} does not exist: correct --config, or leave it out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"config file {path} cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"config file {path} is not YAML: {' '.join(str(error).split())}") from None
    return _flat(content, f"file {path}", known)


def _flat(content: object, origin: str, known: Collection[str]) -> Values:
    """{section: {key: value}} -> {section.key: value}; raises ConfigError for another shape."""
    if content is None:
        return {}
    sections = list(dict.fromkeys(key.partition(".")[0] for key in known))
    if not isinstance(content, dict):
        raise ConfigError(f"{origin} must hold sections of settings; there are: {', '.join(sections)}")
    values: Values = {}
    for section, inner in cast("dict[object, object]", content).items():
        if isinstance(inner, dict):
            values |= {f"{section}.{key}": value for key, value in cast("dict[object, object]", inner).items()}
        elif inner is not None and section in sections:
            raise ConfigError(f"{origin}: {section} is a section of settings, not {inner!r}")
        elif inner is not None:
            raise ConfigError(f"{origin}: {section} is not a section; did you mean {nearest(str(section), known)}?")
    return values


def _environment_layer() -> Layer:
    for name in os.environ:
        if name.upper().startswith(PREFIX) and name.upper() not in (CONFIG_VARIABLE, SECRETS_VARIABLE):
            _refuse_unknown_variable(name)
    try:
        return Layer("environment", _flat(EnvSettingsSource(Settings)(), "environment", known_keys()))
    except SettingsError as error:
        raise ConfigError(f"environment: {' '.join(str(error).split())}; JSON is needed there") from None


def _refuse_unknown_variable(name: str) -> None:
    section, _, key = name[len(PREFIX) :].lower().partition("__")
    if f"{section}.{key}" not in known_keys() and (key or section not in groups()):
        meant = nearest(f"{section}.{key}" if key else section, known_keys())
        variable = PREFIX + meant.upper().replace(".", "__")
        raise ConfigError(f"environment variable {name} sets nothing; did you mean {variable}?")


def _read_secrets(folder: Path) -> Values:
    """One file per secret, named section__key as container platforms mount them."""
    if not folder.is_dir():
        raise ConfigError(f"{SECRETS_VARIABLE} names {folder}, which is not a folder")
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and "__" in path.name]
    return {path.name.lower().replace("__", ".", 1): path.read_text(encoding="utf-8").strip() for path in files}


def _refuse_unknown(layer: Layer) -> None:
    known = set(known_keys())
    for key in layer.values:
        if key not in known:
            raise ConfigError(f"unknown setting {key} ({layer.origin}){_did_you_mean(key)}")


def _did_you_mean(key: str) -> str:
    return f"; did you mean {nearest(key, known_keys())}?"


def nearest(key: str, known: Collection[str]) -> str:
    """The known key most like this one, be it misspelt or in the wrong section."""

    def likeness(other: str) -> float:
        whole = difflib.SequenceMatcher(None, key, other).ratio()
        last = difflib.SequenceMatcher(None, key.rpartition(".")[2], other.rpartition(".")[2]).ratio()
        return max(whole, 0.95 * last)

    return max(known, key=likeness)


def _nested(values: Values) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        section, _, key = path.partition(".")
        sections.setdefault(section, {})[key] = value
    return sections


def _first_problem(error: ValidationError, origins: Mapping[str, str]) -> str:
    """The first wrong value in one line; the value itself is left out where it may be a secret."""
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"][:2])
    shown = "" if "password" in key else f", not {first['input']!r}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    message = first["msg"].replace("Input should be", "should be")
    return f"{key} {message}{shown} ({origins.get(key, 'default')}){more}; see `plastream config schema`"

"""The contract suite on an encoder of one's own: one line a promise."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from service.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from encoders.checks import Example
    from encoders.contract import Encoder


@dataclass(frozen=True)
class Finding:
    """How one promise came out."""

    promise: str
    """What the encoder promises, in a sentence."""
    broken: str | None = None
    """How it was broken, in one line."""

    @property
    def kept(self) -> bool:
        """Whether it was not broken."""
        return self.broken is None


def subject(module: str) -> tuple[Encoder, Example]:
    """The encoder of a module and how to try it: its one class with an `encode`, and its function `example`.

    module: dotted name, MODULE:CLASS where it holds several, or the path of a .py file. Raises UsageError.
    """
    name, _, wanted = module.partition(":")
    loaded = _loaded(name)
    kinds = [kind for kind in vars(loaded).values() if _is_encoder(kind, loaded)]
    if wanted:
        kinds = [kind for kind in kinds if kind.__name__ == wanted]
    if len(kinds) != 1:
        found = ", ".join(kind.__name__ for kind in kinds) or "none"
        raise UsageError(f"{name} must hold one encoder class, found {found}: name it as {name}:CLASS")
    make: Callable[[], Example] | None = getattr(loaded, "example", None)
    if make is None:
        raise UsageError(f"{name} has no function example() that says how to try it: see `plastream encoder new`")
    example = _made(make)
    try:
        return kinds[0](**example.config), example
    except (TypeError, ValueError) as error:
        raise UsageError(f"{kinds[0].__name__} refuses the example's config: {error}") from error


def checked(encoder: Encoder, example: Example) -> Iterator[Finding]:
    """Run each promise; whatever an encoder raises counts as broken."""
    from encoders.checks import CHECKS

    for check in CHECKS.values():
        sentence = (check.__doc__ or check.__name__).strip().splitlines()[0]
        try:
            check(encoder, example)
        except Exception as error:  # noqa: BLE001 -- other people's code: whatever it raises is the finding
            text = " ".join(str(error).split())[:300]
            yield Finding(
                sentence, text if type(error).__name__ == "BrokenPromise" else f"{type(error).__name__}: {text}"
            )
        else:
            yield Finding(sentence)


def _made(make: Callable[[], Example]) -> Example:
    try:
        return make()
    except ModuleNotFoundError as error:
        if error.name == "hypothesis":
            raise MissingPartError('the checks need hypothesis: pip install "plastream[check]"') from error
        raise UsageError(f"example() cannot be made: {error}") from error


def _loaded(name: str) -> ModuleType:
    path = Path(name)
    if path.suffix == ".py":
        if not path.is_file():
            raise UsageError(f"there is no file {path}")
        folder, name = path.resolve().parent, path.stem
    else:
        folder = Path.cwd()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        return import_module(name)
    except Exception as error:
        raise UsageError(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def _is_encoder(kind: Any, module: ModuleType) -> bool:
    own = isinstance(kind, type) and kind.__module__ == module.__name__
    return own and all(hasattr(kind, part) for part in ("encode", "decode", "initial", "name"))

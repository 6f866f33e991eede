"""What an encoder says about itself: from its documentation, its config model and its state layout."""

from __future__ import annotations

import ast
import inspect
import sys
from itertools import pairwise
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from encoders.catalogue import CatalogueError, build, encoders
from encoders.contract import Encoder, NumberEncoder, Rescaled
from encoders.specimens import SPECIMENS

if TYPE_CHECKING:
    from rich.console import RenderableType


def summary(name: str) -> dict[str, Any]:
    """One line of the list: name, width with usual settings, what is read back, what it is for."""
    try:
        encoder = build(name, SPECIMENS[name].settings if name in SPECIMENS else {})
    except CatalogueError:
        return {"name": name, "width": None, "decodes": None, "purpose": _first(encoders()[name])}
    return {"name": name, "width": encoder.width, "decodes": encoder.decodes, "purpose": _first(type(encoder))}


def described(encoder: Encoder) -> dict[str, Any]:
    """All that there is to know about an encoder with its settings."""
    kind = type(encoder)
    return {
        "name": encoder.name,
        "about": inspect.cleandoc(_module_text(kind)),
        "values": inspect.getdoc(kind) or "",
        "width": encoder.width,
        "decodes": encoder.decodes,
        "fast_path_for_numbers": isinstance(encoder, NumberEncoder),
        "codes_fixed_for_life": not isinstance(encoder, Rescaled),
        "state_bytes": encoder.state_dtype.itemsize,
        "settings": _settings(encoder),
    }


def pages(found: dict[str, Any]) -> RenderableType:
    """The same for people."""
    from rich.console import Group
    from rich.text import Text

    from service.cli.terminal import table

    facts = [(name, found[name]) for name in found if name not in ("about", "values", "settings", "name")]
    rows = [(one["name"], one["value"], one["about"]) for one in found["settings"]]
    parts: list[Any] = [Text(found["about"]), Text(""), Text(found["values"]), table(("", ""), facts)]
    if rows:
        parts.append(table(("setting", "value", "meaning"), rows))
    return Group(*parts)


def _settings(encoder: Encoder) -> list[dict[str, Any]]:
    model = type(encoder.config)
    texts = _attribute_texts(model)
    given = encoder.config.model_dump(mode="json")
    return [
        {"name": name, "value": given[name], "about": field.description or texts.get(name, "")}
        for name, field in model.model_fields.items()
    ]


def _attribute_texts(model: type) -> dict[str, str]:
    """Setting -> the text that stands under it in the source, where the source is there."""
    try:
        tree = ast.parse(dedent(inspect.getsource(model)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    texts: dict[str, str] = {}
    for statement, text in pairwise(body):
        told = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant) and text.value.value
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and isinstance(told, str):
            texts[statement.target.id] = " ".join(told.split())
    return texts


def _module_text(kind: type) -> str:
    return sys.modules[kind.__module__].__doc__ or kind.__doc__ or ""


def _first(kind: type) -> str:
    return _module_text(kind).strip().split("\n\n")[0].replace("\n", " ")

"""SenML packs resolved: each record with its base values applied. Source: RFC 8428, sections 4.1 to 4.6; RFC 9100.

    name = base name + name        time = base time + time       unit = unit, else base unit
    value = base value + value     sum = base sum + sum          (what is missing counts as zero)

A base field holds from its record on. Names need not keep to the characters that the RFC allows. A record that only
has base fields sets them and measures nothing. Labels that are not known are passed over, so that a value of a kind
that came later (vlo of LwM2M) is None; except those that end in "_": whoever does not understand such a one must not
use the pack.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, cast

from encoders.formats.contract import Unreadable
from encoders.formats.decoding import escaped

VALUES = frozenset({"v", "vs", "vb", "vd"})
LABELS = frozenset({"bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "s", "t", "ut", *VALUES})
_BASES = frozenset({"bn", "bt", "bu", "bv", "bs", "bver"})
_NUMBERS = frozenset({"bt", "bv", "bs", "s", "t", "ut"})
_VERSION = 10
_SECONDARY_UNITS = 26
"""Version 10 with the feature of RFC 9100 that units may be of the second registry (RFC 8798)."""
_OWN = frozenset({"bn", "time"})
_DEVICE = "urn:dev:"
"""RFC 9039: a device, then behind "_" a part of it."""

Record = Mapping[str, Any]


class Measured(NamedTuple):
    """One value of a pack."""

    device: str
    path: str
    value: Any
    unit: str | None
    place: int
    """Of its record in the pack."""
    at: float
    """Seconds, base time added: since 1970, or below 2**28 since now."""


def resolved(pack: Sequence[Any]) -> Iterator[Measured]:
    """The values of a pack in its order. Raises Unreadable."""
    base: dict[str, Any] = {}
    for place, record in enumerate(pack):
        if not isinstance(record, dict):
            raise Unreadable("not-an-object", f"record {place} of the pack is a {type(record).__name__}")
        fields = cast("Record", record)
        _check(fields, base, place)
        base.update((label, fields[label]) for label in fields.keys() & _BASES)
        yield from _measured(fields, base, place)


def _check(record: Record, base: Record, place: int) -> None:
    """Raises Unreadable where a label must be understood and is not, or a value is of another type."""
    for label, value in record.items():
        if label.endswith("_"):
            raise Unreadable("unsupported", f"record {place}: {label[:40]} must be understood, and is not")
        if label in _NUMBERS and not _is_number(value):
            raise Unreadable("malformed", f"record {place}: {label} is not a number")
        if label in ("bn", "bu", "n", "u") and not isinstance(value, str):
            raise Unreadable("malformed", f"record {place}: {label} is not text")
    version = record.get("bver")
    if version is None:
        return
    if not isinstance(version, int) or isinstance(version, bool) or base.get("bver", version) != version:
        raise Unreadable("malformed", f"record {place}: bver is not a whole number, the same in all of the pack")
    if version > _VERSION and version != _SECONDARY_UNITS:
        raise Unreadable("unsupported", f"SenML of version {version}: up to {_VERSION} and {_SECONDARY_UNITS} are read")


def _measured(record: Record, base: Record, place: int) -> Iterator[Measured]:
    """None, a value, a sum, or both."""
    labels = record.keys() & VALUES
    summed = "s" in record or "bs" in base
    if not labels and record and all(label.startswith("b") for label in record):
        return
    if len(labels) > 1 or not (labels or summed or "bv" in base or record.keys() - LABELS):
        raise Unreadable("malformed", f"record {place} has {'more than one' if labels else 'neither sum nor'} value")
    device, path = _named(base.get("bn", ""), record.get("n", ""), place)
    at = float(base.get("bt", 0)) + record.get("t", 0)
    if not math.isfinite(at):
        raise Unreadable("malformed", f"record {place}: its time is beyond all numbers")
    if labels or not summed:
        value = _value(labels.pop(), record, base, place) if labels else base.get("bv")
        unit = record.get("u", base.get("bu")) if _is_number(value) else None
        yield Measured(device, _free(path), value, unit, place, at)
    if summed:
        yield Measured(device, path + ".sum", base.get("bs", 0) + record.get("s", 0), None, place, at)


def _named(base: str, name: str, place: int) -> tuple[str, str]:
    """Device and path; of a name without base name only a device's URN tells a device."""
    if not base and not name:
        raise Unreadable("malformed", f"record {place} has no name")
    if not base and name.startswith(_DEVICE):
        base, _, name = name.partition("_")
    return base, escaped(name) or "value"


def _free(path: str) -> str:
    """A path that is not one of the format's own."""
    return f"n.{path}" if path in _OWN else path


def _value(label: str, record: Record, base: Record, place: int) -> Any:
    value = record[label]
    if label == "v" and _is_number(value):
        return base["bv"] + value if "bv" in base else value
    if value is None or (label == "v" and isinstance(value, float)):  # neither is RFC 8428: a sensor without a value
        return None
    if label == "vd":
        return _data(value, place)
    if label == "v" or not isinstance(value, str if label == "vs" else bool):
        raise Unreadable("malformed", f"record {place}: {label} is a {type(value).__name__}")
    return value


def _data(value: Any, place: int) -> bytes:
    """Byte strings of CBOR as they are, of JSON from base64url without padding."""
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (AttributeError, ValueError, binascii.Error):
        raise Unreadable("malformed", f"record {place}: vd is not base64url") from None


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)

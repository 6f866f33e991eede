"""The encoders there are: our own as a literal, those of others by the entry point group `plastream.encoders`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from encoders.codes.boolean import BooleanEncoder
from encoders.codes.calendar import CalendarEncoder
from encoders.codes.category import CategoryEncoder
from encoders.codes.composite import CompositeEncoder
from encoders.codes.counter import CounterEncoder
from encoders.codes.datetime import DatetimeEncoder
from encoders.codes.delta import DeltaEncoder
from encoders.codes.depth import DepthEncoder
from encoders.codes.distribution import DistributionEncoder
from encoders.codes.events import EventsEncoder
from encoders.codes.geospatial import GeospatialEncoder
from encoders.codes.grid_cell import GridEncoder
from encoders.codes.histogram import HistogramEncoder
from encoders.codes.image import ImageEncoder
from encoders.codes.imu import ImuEncoder
from encoders.codes.interarrival import InterarrivalEncoder
from encoders.codes.joints import JointsEncoder
from encoders.codes.laser import LaserEncoder
from encoders.codes.log import LogEncoder
from encoders.codes.periodic import PeriodicEncoder
from encoders.codes.points import PointsEncoder
from encoders.codes.population import PopulationEncoder
from encoders.codes.pose import PoseEncoder
from encoders.codes.quantile import QuantileEncoder
from encoders.codes.rdse import RdseEncoder
from encoders.codes.scalar import ScalarEncoder
from encoders.codes.set_of_symbols import SetEncoder
from encoders.codes.spectrum import SpectrumEncoder
from encoders.codes.spikes import SpikesEncoder
from encoders.codes.template import TemplateEncoder
from encoders.codes.text import TextEncoder
from encoders.codes.vector import VectorEncoder
from encoders.codes.vibration import VibrationEncoder
from encoders.codes.waveform import WaveformEncoder
from encoders.contract import Encoder

GROUP = "plastream.encoders"

CATALOGUE: dict[str, type] = {
    "boolean": BooleanEncoder,
    "calendar": CalendarEncoder,
    "category": CategoryEncoder,
    "composite": CompositeEncoder,
    "counter": CounterEncoder,
    "datetime": DatetimeEncoder,
    "delta": DeltaEncoder,
    "depth": DepthEncoder,
    "distribution": DistributionEncoder,
    "events": EventsEncoder,
    "geospatial": GeospatialEncoder,
    "grid": GridEncoder,
    "histogram": HistogramEncoder,
    "image": ImageEncoder,
    "imu": ImuEncoder,
    "interarrival": InterarrivalEncoder,
    "joints": JointsEncoder,
    "laser": LaserEncoder,
    "log": LogEncoder,
    "periodic": PeriodicEncoder,
    "points": PointsEncoder,
    "population": PopulationEncoder,
    "pose": PoseEncoder,
    "quantile": QuantileEncoder,
    "rdse": RdseEncoder,
    "scalar": ScalarEncoder,
    "set": SetEncoder,
    "spectrum": SpectrumEncoder,
    "spikes": SpikesEncoder,
    "template": TemplateEncoder,
    "text": TextEncoder,
    "vector": VectorEncoder,
    "vibration": VibrationEncoder,
    "waveform": WaveformEncoder,
}
"""Name -> class; a class takes the fields of its config model as keyword arguments."""

Warn = Callable[[str], None]


class CatalogueError(Exception):
    """No encoder of that name is installed, or it refuses its settings; the message says which and what to do."""


def to_stderr(line: str) -> None:
    """Tell a person one line."""
    sys.stderr.write(line + "\n")


def merged(found: Iterable[EntryPoint], warn: Warn) -> dict[str, type]:
    """Our own encoders and those that `found` names; each plug-in that is left out costs one warning."""
    known = dict(CATALOGUE)
    for entry in sorted(found, key=lambda entry: (entry.name, entry.value)):
        if entry.name in known:
            warn(f"encoder plug-in {entry.value!r} is left out: the name {entry.name!r} is taken")
            continue
        try:
            known[entry.name] = _loaded(entry)
        except Exception as error:  # noqa: BLE001 -- a plug-in is other people's code: whatever it raises, we go on
            line = f"encoder plug-in {entry.name!r} ({entry.value}) is left out: {type(error).__name__}: {error}"
            warn(" ".join(line.split()))
    return known


def _loaded(entry: EntryPoint) -> type:
    """The class that the entry point names; whatever its import raises, or TypeError where it is no class."""
    found = entry.load()
    if not isinstance(found, type):
        raise TypeError(f"it names a {type(found).__name__}, not a class")
    return found


@cache
def encoders() -> Mapping[str, type]:
    """Name -> class of every encoder of this process: our own and the plug-ins that load."""
    return merged(entry_points(group=GROUP), to_stderr)


def build(name: str, config: Mapping[str, Any] | None = None) -> Encoder:
    """The encoder `name` with these settings; equal arguments give the same object.

    Raises CatalogueError for an unknown name or refused settings.
    """
    return build_canonical(name, json.dumps(dict(config or {}), sort_keys=True))


@cache
def build_canonical(name: str, config: str) -> Encoder:
    """See build; `config` is a JSON object with sorted keys."""
    kind = encoders().get(name)
    if kind is None:
        raise CatalogueError(f"no encoder {name!r}: install its package, or choose one of {', '.join(encoders())}")
    try:
        return kind(**json.loads(config))
    except (TypeError, ValueError) as error:
        raise CatalogueError(f"encoder {name!r} refuses the settings {config}: {error}") from error

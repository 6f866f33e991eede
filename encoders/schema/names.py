"""What the name of a field says about its role, in numbers from 0 (nothing) to 1 (it can hardly be anything else)."""

from __future__ import annotations

import re

_TIME = {
    "time": 1.0,
    "timestamp": 1.0,
    "ts": 1.0,
    "eventtime": 1.0,
    "datetime": 1.0,
    "measuredat": 1.0,
    "observedat": 1.0,
    "sampledat": 1.0,
    "recordedat": 1.0,
    "timems": 1.0,
    "timeus": 1.0,
    "timens": 1.0,
    "epoch": 0.9,
    "epochms": 0.9,
    "unixtime": 0.9,
    "utc": 0.9,
    "t": 0.9,
    "t0": 0.9,
    "when": 0.8,
    "clock": 0.8,
    "date": 0.8,
}
_TIME_LIKE = re.compile(r"time|stamp|date|epoch|clock")
_LATER = re.compile(r"receiv|ingest|creat|updat|process|expir|start|end|boot|install|build")
"""Times of something else than the measurement."""

_ID = {
    "id": 1.0,
    "uuid": 0.9,
    "guid": 0.9,
    "host": 0.9,
    "hostname": 0.9,
    "device": 0.9,
    "sensor": 0.9,
    "node": 0.9,
    "station": 0.9,
    "vessel": 0.9,
    "mmsi": 0.9,
    "imei": 0.9,
    "serial": 0.9,
    "mac": 0.9,
    "machine": 0.9,
    "asset": 0.9,
    "meter": 0.9,
    "pump": 0.8,
    "motor": 0.8,
    "robot": 0.9,
    "vehicle": 0.9,
    "vin": 0.9,
    "if": 0.8,
    "interface": 0.8,
    "iface": 0.8,
    "source": 0.8,
    "instance": 0.8,
    "client": 0.7,
    "gateway": 0.7,
    "tag": 0.7,
    "site": 0.6,
    "probe": 0.8,
    "stream": 0.9,
    "name": 0.5,
}
_ID_ENDINGS = re.compile(r"[a-z](Id|ID|Uuid|UUID)$|[_\-](id|uuid|guid)$")
_ENTITY_ENDINGS = re.compile(
    r"(device|sensor|host|node|station|machine|meter|serial|vehicle|asset)(id|name|no|nr|number|eui)?$"
)
_MESSAGE = re.compile(r"(message|msg|event|packet|trace|span|request|batch|record|correlation)[_\-]?(uu)?id$")
_TRUTH = re.compile(r"(^|[_\-.])(is|has|ok|on|enabled|active|alarm|online|open|closed|valid|fault)($|[_\-.])")


def last_part(path: str) -> str:
    """The key that holds the value: what stands behind the last dot that separates."""
    return re.split(r"(?<!\\)\.", path)[-1]


def time_score(path: str) -> float:
    """How much the path sounds like the time of the measurement."""
    key = last_part(path)
    plain = _plain(key)
    if plain in _TIME:
        return _TIME[plain]
    if _LATER.search(plain) and (_TIME_LIKE.search(plain) or plain.endswith("at")):
        return 0.5
    if _TIME_LIKE.search(plain):
        return 0.7
    return 0.6 if re.search(r"[a-z](_at|At)$", key) else 0.0


def id_score(path: str) -> float:
    """How much the path sounds like the name of the thing that measures."""
    key = last_part(path)
    plain = _plain(key)
    if _MESSAGE.search(plain):
        return 0.0
    if plain in _ID:
        return _ID[plain]
    if _ID_ENDINGS.search(key) or _ENTITY_ENDINGS.search(plain):
        return 0.9
    return 0.0


def says_truth(path: str) -> bool:
    """Whether the path sounds like a question of yes or no."""
    return _TRUTH.search(last_part(path).lower()) is not None


def depth(path: str) -> int:
    """How many objects hold the field."""
    return len(re.split(r"(?<!\\)\.", path)) - 1


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.lower())

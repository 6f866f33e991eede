"""What the name of a field says about its role, in numbers from 0 (nothing) to 1 (it can hardly be anything else)."""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_ACCENTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ê": "e", "à": "a", "ç": "c"})
_DOT = re.compile(r"(?<!\\)\.")

_MEASURED = re.compile(
    r"^(measured?|measurement|observed|observation|sampled?|sampling|phenomenon|event|recorded|acquired|captured|taken"
    r"|mess)(at|on|time|timestamp|ts|date|datetime|utc|zeit|zeitpunkt|zeitstempel)$"
)
_TIME = {
    **dict.fromkeys(("time", "timestamp", "ts", "datetime", "zeit", "zeitstempel", "horodatage", "fechahora"), 1.0),
    **dict.fromkeys(("epoch", "unix", "unixtime", "unixtimestamp", "epochtime", "utc", "utctime", "timeutc"), 0.95),
    **dict.fromkeys(("t", "t0", "tst", "dt", "tm", "stamp", "timestamputc", "dateheure", "datumzeit", "gpstime"), 0.9),
    **dict.fromkeys(("when", "clock", "date", "datum", "heure", "fecha", "at", "now"), 0.8),
}
_TIME_UNITS = re.compile(
    r"(?<=[a-z0])(in)?(s|sec|secs|seconds|ms|msec|millis|milliseconds|us|usec|micros|microseconds|ns|nsec|nanos"
    r"|nanoseconds|iso|iso8601|unix|epoch|utc|local|float)$"
)
_TIME_LIKE = re.compile(r"time|stamp|date|epoch|clock|zeit|horodat|fecha")
_LATER = re.compile(
    r"receiv|recv|rcvd|ingest|creat|updat|process|expir|start|end(ed)?$|^end|boot|install|build|publish|upload|stored"
    r"|insert|arriv|server|modif|last|next|valid|due|calib|manufact|commission|deploy|regist|first|service|mainten"
    r"|empfang|erstell|scan|seen|sync|purchas|warrant|birth|flash|compil|release|archiv|sunrise|sunset|relay|gateway"
)
"""Times of something else than the measurement."""

_ID = {
    **dict.fromkeys(("id", "mmsi", "imei", "vin", "icao", "icao24", "deveui", "eui", "eui64", "iccid", "imsi"), 1.0),
    **dict.fromkeys(("host", "hostname", "device", "node", "station", "vessel", "machine", "asset", "meter"), 0.9),
    **dict.fromkeys(("robot", "vehicle", "stream", "drone", "truck", "turbine", "inverter", "buoy", "thing"), 0.9),
    **dict.fromkeys(("serial", "serialno", "serialnr", "serialnumber", "sn", "mac", "macaddress", "macaddr"), 0.9),
    **dict.fromkeys(("uuid", "guid", "uid", "ieeeaddr", "ieeeaddress", "udid", "fleet", "unit_id", "rfid"), 0.9),
    **dict.fromkeys(("geraet", "maschine", "anlage", "appareil", "capteur", "zaehler", "standort", "fahrzeug"), 0.85),
    **dict.fromkeys(("sensor", "probe", "pump", "motor", "plc", "drive", "train", "bus", "ship", "engine"), 0.85),
    **dict.fromkeys(("if", "iface", "interface", "source", "instance", "callsign", "collar", "patient", "hex"), 0.8),
    **dict.fromkeys(
        ("topic", "client", "tag", "equipment", "object", "entity", "friendlyname", "address", "addr"), 0.7
    ),
    **dict.fromkeys(("gateway", "site", "tagname", "origin", "subject", "publisher", "agent", "well", "tank"), 0.6),
    **dict.fromkeys(("name", "location", "room", "user", "zone", "series", "key"), 0.5),
}
_IDENTIFIER = {"id", "uuid", "guid", "uid", "eui", "mac", "serial", "imei", "ident", "identifier", "identification"}
_NAMING = {"name", "no", "nr", "num", "number", "code", "key", "label", "addr", "address", "kennung", "nummer", "ref"}
_ENTITY = re.compile(
    r"(device|dev|sensor|host|node|station|stations|machine|meter|vehicle|asset|thing|unit|robot|pump|motor|vessel|ship"
    r"|turbine|inverter|probe|site|client|instance|object|entity|equipment|drone|geraete?|gerate?|maschinen?|anlagen?"
    r"|mess|mote|buoy|truck|tag|tracker|module|board|controller|plc|fleet|appliance|terminal|logger|beacon|camera|stream"
    r"|point|location|gauge|well|tank|rack|server|pod|container|engine|train|bus|car|bike|collar|patient|zaehler|capteur)$"
)
_MESSAGE = re.compile(
    r"(message|msg|event|packet|trace|span|request|batch|record|correlation|frame|transaction|session|sample|reading"
    r"|measurement|report|job|user|firmware|model|schema|order|type|product|vendor|company|tenant|org|error|alarm|recipe"
    r"|program|shift|operator|config|profile|class|category|track|parent|group|family|manufacturer)$"
)
"""Ids of something else than what measures."""
NEVER_NAMES = re.compile(
    r"model|firmware|version|^fw|^hw|^sw|mode|stat(e|us)|type|unit|quality|class|categor|level|vendor|manufactur|brand"
    r"|protocol|schema|format|message|text|comment|descr|log|error|alarm|event|color|colour|phase|direction|shift|recipe"
    r"|channel|product|kind|reason|code|codec|encoding|crc|checksum|hash|weather|condition|command|cmd|label|operator|lang"
)
_TRUTH = {
    *("is", "has", "ok", "on", "enabled", "active", "alarm", "online", "open", "closed", "valid", "fault", "flag"),
    *("running", "connected", "charging", "door", "motion", "leak", "occupied", "presence", "occupancy", "relay"),
    *("locked", "tamper", "ready", "healthy", "detected", "present", "alive", "busy", "armed", "moving", "contact"),
    *("window", "smoke", "error", "warning", "overheat", "overload", "enable", "disabled", "plugged", "switch"),
    *("bool", "success", "triggered", "ack", "dry", "wet", "blocked", "empty", "full", "low", "raining", "isrunning"),
    *("offen", "aktiv", "stoerung", "bereit", "ein", "aus", "tuer", "on_off", "onoff", "vibrating", "heating"),
}


@lru_cache(maxsize=4096)
def parts(path: str) -> tuple[str, ...]:
    """The keys that a path goes through."""
    return tuple(_DOT.split(path))


def last_part(path: str) -> str:
    """The key that holds the value: what stands behind the last dot that separates."""
    return parts(path)[-1]


def parent(path: str) -> str:
    """The path of the object that holds the field; empty at the top."""
    return path[: -len(last_part(path)) - 1] if len(parts(path)) > 1 else ""


def depth(path: str) -> int:
    """How many objects hold the field."""
    return len(parts(path)) - 1


@lru_cache(maxsize=4096)
def words(key: str) -> tuple[str, ...]:
    """The words of a key, in lower case and without digits behind them.

    >>> words("windDir_2"), words("devEUI"), words("temperature_C")
    (('wind', 'dir'), ('dev', 'eui'), ('temperature', 'c'))
    """
    return tuple(word.lower() for word in _WORD.findall(key.translate(_ACCENTS)) if not word.isdigit())


def time_score(path: str) -> float:
    """How much the path sounds like the time of the measurement."""
    key = last_part(path)
    plain = _plain(key)
    bare = _TIME_UNITS.sub("", plain)
    if any(_LATER.search(_plain(outer)) for outer in parts(path)[-2:-1]) and not _MEASURED.match(plain):
        return 0.35
    if _MEASURED.match(plain) or _MEASURED.match(bare):
        return 1.0
    if plain in _TIME or bare in _TIME:
        return max(_TIME.get(plain, 0.0), _TIME.get(bare, 0.0)) - 0.02
    later = _LATER.search(plain) is not None
    if (
        _TIME_LIKE.search(plain)
        or re.search(r"[a-z]((_|\b)(at|ts|on)|At|Ts|On|TS)$", key)
        or (later and len(plain) > 3)
    ):
        return 0.35 if later else 0.7
    return 0.6 if words(key)[-1:] in (("ts",), ("time",), ("epoch",)) else 0.0


def id_score(path: str) -> float:
    """How much the path sounds like the name of the thing that measures."""
    key = last_part(path)
    plain = _plain(key)
    outer = _plain(parts(path)[-2]) if depth(path) else ""
    said = words(key)
    last, before = said[-1] if said else "", "".join(said[:-1])
    if (last in _IDENTIFIER and _MESSAGE.search(before)) or (plain in _IDENTIFIER and _MESSAGE.search(outer)):
        return 0.0
    if outer and _ENTITY.search(outer) and (plain in _IDENTIFIER or plain in _NAMING):
        return 0.97 if plain in _IDENTIFIER else 0.9
    if plain in _ID:
        return _ID[plain]
    if last in _IDENTIFIER and before:
        return 0.97 if _ENTITY.search(before) else 0.9
    if last in _NAMING and before and _ENTITY.search(before):
        return 0.9
    if re.search(
        r"(device|sensor|node|station|machine|meter|vehicle|asset|host)(id|uuid|name|no|nr|number|eui)$", plain
    ):
        return 0.9
    entity = not NEVER_NAMES.search(plain) and len(said) == 2 and _ENTITY.search(last) is not None
    return 0.6 if entity else 0.0


def says_truth(path: str) -> bool:
    """Whether the path sounds like a question of yes or no."""
    said = words(last_part(path))
    return any(word in _TRUTH for word in (said[:1] + said[-1:])) or "".join(said) in _TRUTH


def _plain(key: str) -> str:
    return re.sub(r"[^a-z0-9]", "", key.translate(_ACCENTS).lower())

"""The media type that a record's content-type header names."""

from __future__ import annotations

from encoders.formats.contract import Message

JSON = frozenset({"application/json", "text/json"})
CBOR = frozenset({"application/cbor"})
MSGPACK = frozenset({"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"})
NDJSON = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
CSV = frozenset({"text/csv", "text/tab-separated-values"})
SENML_JSON = frozenset({"application/senml+json", "application/sensml+json"})
SENML_CBOR = frozenset({"application/senml+cbor", "application/sensml+cbor"})


def media_type(message: Message) -> str:
    """In lower case and without parameters ("application/json"); empty where the record names none."""
    return bare_type((message.header("content-type") or b"").decode("latin-1"))


def bare_type(content_type: str) -> str:
    """A content type without its parameters.

    >>> bare_type("Application/JSON; charset=utf-8")
    'application/json'
    """
    return content_type.partition(";")[0].strip().lower()

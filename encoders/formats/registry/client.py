"""A thin client of a schema registry: it asks for each schema once and keeps it for ever, since ids are never reused.

GET /schemas/ids/{id}, /schemas/guids/{guid} and /subjects/{subject}/versions/{version}: what Confluent, Karapace,
Redpanda and Apicurio (under /apis/ccompat/v7) all answer. Protobuf is asked for as a descriptor unless the text is
wanted; a registry that does not know descriptors answers with the text anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, cast
from urllib.parse import quote

import httpx2
import orjson

from encoders.formats.catalogue import Access
from encoders.formats.contract import Unavailable, Unreadable
from encoders.formats.registry.framing import SchemaId

CONNECT_S = 2.0
ANSWER_S = 5.0
PAUSE_S = 1.0
"""How long a registry that did not answer is not asked again: a batch of messages then fails at once."""
MISSING_S = 1.0
"""How long an id that the registry does not have is taken for missing; it may be registered any time."""
MOST_MISSING = 1024
"""Ids of that kind kept in mind."""
MOST_REFERENCES = 256
"""Schemas that one schema may draw in."""

_OK = 200
_NOT_FOUND = 404
_REFUSED = (401, 403)
_NO_DESCRIPTOR = frozenset({400, 422, 500, 501})
"""How a registry says that it has no descriptor of this schema, if not by its text (Karapace: 500 where it imports)."""
_MISSING_CODES = range(40400, 40500)
"""`error_code` of a registry that has no such schema, subject or version; a web server's own 404 has none."""


@dataclass(frozen=True)
class Reference:
    """Another schema that a schema draws in."""

    name: str
    """As the schema writes it: an Avro name, a Protobuf import, a $ref."""
    subject: str
    version: int


@dataclass(frozen=True)
class Registered:
    """A schema as the registry has it."""

    kind: str
    """AVRO, PROTOBUF or JSON."""
    text: str
    """For Protobuf a FileDescriptorProto in base 64, from a registry that offers it."""
    references: tuple[Reference, ...] = ()


class Registry:
    """See module. May be used from several threads."""

    def __init__(self, access: Access, clock: Callable[[], float] = time.monotonic, answer_s: float = ANSWER_S) -> None:
        """clock: seconds, never going back."""
        self._answer_s = answer_s
        self._access = access
        self._clock = clock
        self._found: dict[tuple[str, bool], Registered] = {}
        self._missing: dict[str, tuple[float, str]] = {}
        self._down: tuple[float, str] = (0.0, "")
        self._asking = Lock()
        self._http: httpx2.Client | None = None
        self._name = ""

    def schema(self, schema: SchemaId, *, as_text: bool = False) -> Registered:
        """The schema of that id or GUID. Raises Unreadable (no-schema), Unavailable."""
        kind = "ids" if isinstance(schema, int) else "guids"
        return self._known(f"/schemas/{kind}/{schema}", f"schema {schema}", as_text)

    def referenced(self, registered: Registered, *, as_text: bool = False) -> dict[str, Registered]:
        """All that a schema draws in by name, each after what it draws in itself. Raises as `schema`."""
        found: dict[str, Registered] = {}
        self._gather(registered, found, set(), as_text)
        return found

    def _gather(self, registered: Registered, found: dict[str, Registered], open_: set[str], as_text: bool) -> None:
        for reference in registered.references:
            if reference.name in found or reference.name in open_:
                continue
            if len(open_) + len(found) >= MOST_REFERENCES:
                raise Unreadable("unsupported", f"a schema that draws in more than {MOST_REFERENCES} others")
            open_.add(reference.name)
            subject = quote(reference.subject, safe="")
            what = f"version {reference.version} of subject {reference.subject}, drawn in as {reference.name}"
            other = self._known(f"/subjects/{subject}/versions/{reference.version}", what, as_text)
            self._gather(other, found, open_, as_text)
            open_.discard(reference.name)
            found[reference.name] = other

    def _known(self, path: str, what: str, as_text: bool) -> Registered:
        """From memory, or asked for by one thread at a time."""
        registered = self._found.get((path, as_text))
        if registered is not None:
            return registered
        with self._asking:
            if (path, as_text) not in self._found:
                self._found[path, as_text] = self._asked(path, what, as_text)
            return self._found[path, as_text]

    def _asked(self, path: str, what: str, as_text: bool) -> Registered:
        now = self._clock()
        if now < self._down[0]:
            raise Unavailable(self._down[1])
        missing = self._missing.get(path)
        if missing is not None and now < missing[0]:
            raise Unreadable("no-schema", missing[1])
        try:
            return self._fetched(path, what, as_text)
        except Unreadable as error:
            if len(self._missing) >= MOST_MISSING:
                del self._missing[next(iter(self._missing))]
            self._missing[path] = (self._clock() + MISSING_S, error.detail)
            raise

    def _fetched(self, path: str, what: str, as_text: bool) -> Registered:
        query = {"deleted": "true"}
        answer = self._get(path, query if as_text else query | {"format": "serialized"})
        if answer.status_code in _NO_DESCRIPTOR and not as_text:
            answer = self._get(path, query)
        if answer.status_code == _OK:
            return self._registered(answer, what)
        document = _document(answer)
        if answer.status_code == _NOT_FOUND and (
            document.get("error_code") in _MISSING_CODES or path.startswith("/schemas/guids/")
        ):
            raise Unreadable("no-schema", f"the {self._name} has no {what}")
        if answer.status_code in _REFUSED:
            raise self._away(
                f"the {self._name} refuses with status {answer.status_code}: "
                "check the credentials registry.username and registry.password"
            )
        raise self._away(
            f"the {self._name} answers status {answer.status_code} to {path}: "
            "is registry.url right, and the registry well?"
        )

    def _away(self, line: str) -> Unavailable:
        """The error to raise; for a while nothing more is asked."""
        self._down = (self._clock() + PAUSE_S, line)
        return Unavailable(line)

    def _get(self, path: str, query: dict[str, str]) -> httpx2.Response:
        try:
            return self._client().get(path, params=query)
        except (httpx2.HTTPError, OSError) as error:
            raise self._away(
                f"the {self._name} does not answer ({_line(error)}): start it, or check registry.url"
            ) from error

    def _client(self) -> httpx2.Client:
        """Made when first needed. It keeps no connection open: there is one question per schema, in the whole life."""
        if self._http is not None:
            return self._http
        access = self._access
        if not access.registry_url:
            raise Unavailable("no schema registry is configured: give its address as registry.url")
        url, login = self._address(access.registry_url)
        self._name = f"schema registry {url}"
        self._http = httpx2.Client(
            base_url=url,
            auth=login,
            headers={"Accept": "application/vnd.schemaregistry.v1+json, application/json"},
            timeout=httpx2.Timeout(self._answer_s, connect=CONNECT_S),
            limits=httpx2.Limits(max_keepalive_connections=0),
        )
        return self._http

    def _address(self, text: str) -> tuple[httpx2.URL, tuple[str, str] | None]:
        """Where to ask, without credentials, which are sent but never shown. Raises Unavailable."""
        try:
            url = httpx2.URL(text.rstrip("/"))
        except httpx2.InvalidURL:
            url = httpx2.URL("")
        if url.scheme not in ("http", "https") or not url.host:
            raise Unavailable("registry.url is no address of a schema registry: give one such as http://host:8081")
        user = self._access.registry_user or url.username
        password = self._access.registry_password or url.password
        return url.copy_with(userinfo=b""), (user, password) if user else None

    def _registered(self, answer: httpx2.Response, what: str) -> Registered:
        document = _document(answer)
        text, kind = document.get("schema"), document.get("schemaType") or "AVRO"
        given: Any = document.get("references") or []
        try:
            references = tuple(
                Reference(str(each["name"]), str(each["subject"]), int(each["version"])) for each in given
            )
        except (TypeError, KeyError, ValueError):
            references = None
        if not isinstance(text, str) or not isinstance(kind, str) or references is None:
            raise Unavailable(f"the {self._name} answers no schema when asked for {what}: is registry.url right?")
        return Registered(kind, text, references)


def _document(answer: httpx2.Response) -> dict[str, Any]:
    """The answer's JSON object; empty where it is none."""
    try:
        document = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return cast("dict[str, Any]", document) if isinstance(document, dict) else {}


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


@cache
def registry_of(access: Access) -> Registry:
    """The one client of that registry in this process."""
    return Registry(access)

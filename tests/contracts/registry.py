"""Formats as the tests read with them: those that ask a schema registry ask one in this process.

It speaks the REST paths of Confluent's over a real socket, and can be told to be away, to refuse, or to break.
"""

from __future__ import annotations

import atexit
import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from encoders.formats.catalogue import Access, format_named
from encoders.formats.contract import Format

Schema = dict[str, Any]
"""As it is posted: schema, schemaType, references."""
Answer = tuple[int, Any]
"""Status and JSON."""


class NotThere(LookupError):
    """Error code and message of a 404."""


@dataclass
class Store:
    """Schemas by id, and versions of subjects."""

    schemas: list[Schema] = field(default_factory=list)
    versions: dict[str, list[int]] = field(default_factory=dict)

    def register(
        self, subject: str, schema: str, kind: str = "AVRO", references: Sequence[tuple[str, str, int]] = ()
    ) -> int:
        """The id of this schema, the same for the same; references: name, subject, version."""
        keys = ("name", "subject", "version")
        return self.post(
            subject,
            {
                "schema": schema,
                "schemaType": kind,
                "references": [dict(zip(keys, each, strict=True)) for each in references],
            },
        )

    def post(self, subject: str, schema: Schema) -> int:
        schema = {"schemaType": "AVRO", "references": [], **schema}
        if schema not in self.schemas:
            self.schemas.append(schema)
        schema_id = self.schemas.index(schema) + 1
        versions = self.versions.setdefault(subject, [])
        if schema_id not in versions:
            versions.append(schema_id)
        return schema_id

    def schema(self, schema_id: int) -> Schema:
        if not 1 <= schema_id <= len(self.schemas):
            raise NotThere(40403, f"Schema {schema_id} not found")
        return self.schemas[schema_id - 1]

    def version(self, subject: str, version: str) -> tuple[int, int]:
        """Version number and id."""
        if subject not in self.versions:
            raise NotThere(40401, f"Subject '{subject}' not found.")
        number = len(self.versions[subject]) if version == "latest" else int(version)
        if not 1 <= number <= len(self.versions[subject]):
            raise NotThere(40402, f"Version {version} not found.")
        return number, self.versions[subject][number - 1]

    def guid(self, schema_id: int) -> uuid.UUID:
        return uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(self.schema(schema_id), sort_keys=True))

    def of_guid(self, guid: str) -> int:
        found = [each for each in range(1, len(self.schemas) + 1) if str(self.guid(each)) == guid]
        if not found:
            raise NotThere(40403, f"Schema {guid} not found")
        return found[0]

    def shown(self, schema_id: int, *, serialized: bool) -> Schema:
        """As the registry answers it: no schemaType for Avro, no references where there are none."""
        schema = self.schema(schema_id)
        shown: Schema = {"schema": schema["schema"], "guid": str(self.guid(schema_id))}
        if schema["schemaType"] != "AVRO":
            shown["schemaType"] = schema["schemaType"]
        if schema["references"]:
            shown["references"] = schema["references"]
        if serialized and schema["schemaType"] == "PROTOBUF" and "{" in schema["schema"]:
            shown["schema"] = base64.b64encode(self.descriptor(schema)).decode()
        return shown

    def descriptor(self, schema: Schema) -> bytes:
        """FileDescriptorProto of a .proto text."""
        with TemporaryDirectory() as folder:
            self._write(Path(folder), "default.proto", schema)
            built_in = Path(protoc.__file__).parent / "_proto"
            out = Path(folder) / "out.pb"
            arguments = ["", f"-I{folder}", f"-I{built_in}", f"--descriptor_set_out={out}", "default.proto"]
            assert protoc.main(arguments) == 0
            return FileDescriptorSet.FromString(out.read_bytes()).file[0].SerializeToString()

    def _write(self, folder: Path, name: str, schema: Schema) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(schema["schema"])
        for each in schema["references"]:
            _, schema_id = self.version(each["subject"], str(each["version"]))
            self._write(folder, each["name"], self.schema(schema_id))


class RegistryServer:
    """An HTTP server on a port of its own; `start` after `stop` takes the same one."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.asked: list[str] = []
        """Paths of the requests that came, queries cut off."""
        self.login: str | None = None
        """user:password, where it wants one."""
        self.status: int | None = None
        """What it answers to everything, where it is broken."""
        self.body: bytes | None = None
        """What it answers instead of JSON."""
        self.descriptors = True
        """Whether it knows ?format=serialized."""
        self.unknown_format: int | None = None
        """With what it answers ?format=serialized where it does not like that."""
        self.broken_descriptors = False
        """Whether its descriptors lead nowhere, though its texts do."""
        self._port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> RegistryServer:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(*outer.get(self.path, self.headers.get("Authorization")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                subject = unquote(urlsplit(self.path).path.split("/")[2])
                schema_id = outer.store.post(subject, json.loads(body))
                number = outer.store.versions[subject].index(schema_id) + 1
                self._answer(200, {"id": schema_id, "version": number, "guid": str(outer.store.guid(schema_id))})

            def _answer(self, status: int, document: Any) -> None:
                body = outer.body if outer.body is not None else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- as the library calls it
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def get(self, target: str, authorization: str | None) -> Answer:
        split = urlsplit(target)
        self.asked.append(split.path)
        query = parse_qs(split.query)
        if self.login is not None and authorization != "Basic " + base64.b64encode(self.login.encode()).decode():
            return 401, {"error_code": 40101, "message": "Unauthorized"}
        serialized = query.get("format") == ["serialized"]
        if serialized and self.unknown_format is not None:
            return self.unknown_format, {"error_code": self.unknown_format, "message": "no such format"}
        if self.status is not None:
            return self.status, {"error_code": self.status, "message": "broken"}
        if serialized and self.broken_descriptors:
            return 200, {"schema": base64.b64encode(BROKEN.SerializeToString()).decode(), "schemaType": "PROTOBUF"}
        try:
            return self._routed(
                [unquote(part) for part in split.path.split("/")[1:]], serialized=serialized and self.descriptors
            )
        except NotThere as error:
            return 404, {"error_code": error.args[0], "message": error.args[1]}

    def _routed(self, parts: list[str], *, serialized: bool) -> Answer:
        match parts:
            case ["schemas", "ids", schema_id]:
                return 200, self.store.shown(int(schema_id), serialized=serialized)
            case ["schemas", "guids", guid]:
                return 200, self.store.shown(self.store.of_guid(guid), serialized=serialized)
            case ["schemas", "ids", schema_id, "versions"]:
                wanted = int(schema_id)
                self.store.schema(wanted)
                return 200, [
                    {"subject": subject, "version": number}
                    for subject, versions in self.store.versions.items()
                    for number, each in enumerate(versions, 1)
                    if each == wanted
                ]
            case ["subjects", subject, "versions", version]:
                number, schema_id = self.store.version(subject, version)
                shown = self.store.shown(schema_id, serialized=serialized)
                return 200, {"subject": subject, "version": number, "id": schema_id, **shown}
            case _:
                return 404, {"error_code": 404, "message": "HTTP 404 Not Found"}


BROKEN = FileDescriptorProto(name="a", syntax="proto3")
"""As Karapace shows a map."""
BROKEN.message_type.add(name="M").field.add(name="m", number=1, label=3, type_name="map<string, int64>")

STORE = Store()
"""What the registry of the whole test session holds; the examples put their schemas here."""


class Readers:
    """Format by name."""

    @cached_property
    def server(self) -> RegistryServer:
        """One for the session, started when first needed."""
        server = RegistryServer(STORE).start()
        atexit.register(server.stop)
        return server

    @cached_property
    def access(self) -> Access:
        """How to reach it."""
        return Access(registry_url=self.server.url)

    def __call__(self, name: str) -> Format:
        """The format of that name."""
        return format_named(name, self.access)


reader_of = Readers()


def framed(schema_id: int, body: bytes, path: bytes = b"") -> bytes:
    """A body behind the id of its schema."""
    return b"\0" + schema_id.to_bytes(4) + path + body


def headers(schema_id: int | uuid.UUID, path: bytes = b"") -> tuple[tuple[str, bytes], ...]:
    """The same in a record header, by id or GUID."""
    mark = b"\1" + schema_id.bytes if isinstance(schema_id, uuid.UUID) else b"\0" + schema_id.to_bytes(4)
    return (("__value_schema_id", mark + path),)


def as_json(document: Mapping[str, Any]) -> str:
    """A schema's text."""
    return json.dumps(document)

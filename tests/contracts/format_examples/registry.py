"""Messages framed for a schema registry, and their schemas in the one of the tests."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import fastavro
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.duration_pb2 import DESCRIPTOR as DURATION
from google.protobuf.empty_pb2 import DESCRIPTOR as EMPTY
from google.protobuf.message_factory import GetMessageClass
from google.protobuf.struct_pb2 import DESCRIPTOR as STRUCT
from google.protobuf.timestamp_pb2 import DESCRIPTOR as TIMESTAMP
from google.protobuf.wrappers_pb2 import DESCRIPTOR as WRAPPERS

from encoders.formats.contract import Message
from tests.contracts.registry import STORE, as_json, framed, headers

AVRO: dict[str, Any] = {
    "type": "record",
    "name": "Pump",
    "namespace": "plant",
    "fields": [
        {"name": "host", "type": "string"},
        {"name": "time", "type": "double"},
        {"name": "rpm", "type": ["null", "float"]},
        {"name": "state", "type": {"type": "enum", "name": "State", "symbols": ["OFF", "ON"]}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "parts", "type": {"type": "map", "values": "long"}},
        {"name": "wave", "type": {"type": "array", "items": "double"}},
    ],
}
PROTO = """
syntax = "proto3";
package plant;
import "google/protobuf/timestamp.proto";
message Site { string name = 1; }
message Pump {
  message Part { string id = 1; int64 hours = 2; }
  enum State { OFF = 0; ON = 1; }
  string host = 1;
  double time = 2;
  optional float rpm = 3;
  State state = 4;
  google.protobuf.Timestamp at = 5;
  map<string, int64> parts = 6;
  repeated double wave = 7;
  Part main = 8;
}
"""
JSON: dict[str, Any] = {
    "type": "object",
    "properties": {"host": {"type": "string"}, "time": {"type": "number"}, "rpm": {"type": ["number", "null"]}},
    "required": ["host", "time"],
}

AVRO_ID = STORE.register("pumps-avro-value", as_json(AVRO))
PROTO_ID = STORE.register("pumps-proto-value", PROTO, "PROTOBUF")
JSON_ID = STORE.register("pumps-json-value", as_json(JSON), "JSON")


def avro(schema: Any, value: Any) -> bytes:
    """As the library writes it."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def pool_of(*files: bytes) -> DescriptorPool:
    """Files in the order in which they import each other."""
    pool = DescriptorPool()
    for built_in in (DURATION, EMPTY, STRUCT, TIMESTAMP, WRAPPERS):
        pool.AddSerializedFile(built_in.serialized_pb)
    for file in files:
        pool.AddSerializedFile(file)
    return pool


def proto_class(text: str, name: str) -> Any:
    """The class of a message type."""
    file = FileDescriptorProto.FromString(STORE.descriptor({"schema": text, "references": []}))
    return GetMessageClass(pool_of(file.SerializeToString()).FindMessageTypeByName(name))


PUMP = {
    "host": "pump-7",
    "time": 1790000000.5,
    "rpm": 1480.5,
    "state": "ON",
    "at": 1790000000500000,
    "parts": {"seal": 7, "rotor": 9000},
    "wave": [0.5, -0.25, 1.0],
}


def _proto() -> list[Message]:
    pump, site = proto_class(PROTO, "plant.Pump"), proto_class(PROTO, "plant.Site")
    full = pump(host="pump-7", time=1790000000.5, rpm=1480.5, state=1, parts={"seal": 7}, wave=[0.5, -0.25])
    full.at.FromMicroseconds(1790000000500000)
    full.main.id = "p1"
    body, second = full.SerializeToString(), b"\x02\x02"
    return [
        Message(b"k", framed(PROTO_ID, body, second)),
        Message(b"k", framed(PROTO_ID, site(name="north").SerializeToString(), b"\0")),
        Message(b"k", body, headers=headers(PROTO_ID, second)),
        Message(b"k", body, headers=headers(STORE.guid(PROTO_ID), second)),
    ]


def _avro() -> list[Message]:
    body = avro(AVRO, PUMP)
    return [
        Message(b"k", framed(AVRO_ID, body)),
        Message(b"k", framed(AVRO_ID, avro(AVRO, {**PUMP, "rpm": None, "parts": {}, "wave": []}))),
        Message(b"k", body, headers=headers(AVRO_ID)),
        Message(b"k", body, headers=headers(STORE.guid(AVRO_ID))),
    ]


def _json() -> list[Message]:
    body = json.dumps({"host": "pump-7", "time": 1790000000.5, "rpm": 1480.5, "deep": {"a": [1, 2]}}).encode()
    return [
        Message(b"k", framed(JSON_ID, body)),
        Message(b"k", framed(JSON_ID, b'{"host": "b", "time": 1.5, "rpm": null}')),
        Message(b"k", body, headers=headers(JSON_ID)),
        Message(b"k", body, headers=headers(STORE.guid(JSON_ID))),
    ]


REGISTRY: Mapping[str, Sequence[Message]] = {
    "confluent+avro": _avro(),
    "confluent+protobuf": _proto(),
    "confluent+json": _json(),
}

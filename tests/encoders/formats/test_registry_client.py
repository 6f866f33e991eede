"""The client of the schema registry: one question per schema, and a clear line when it gets no answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Barrier, Thread

import pytest

from encoders.formats.catalogue import Access
from encoders.formats.contract import Message, Unavailable, Unreadable
from encoders.formats.decoding import decode
from encoders.formats.registry.avro import ConfluentAvro
from encoders.formats.registry.client import MOST_REFERENCES, Registry, registry_of
from encoders.formats.registry.json_schema import ConfluentJson
from encoders.formats.registry.protobuf import ConfluentProtobuf
from encoders.schema import TopicSchema
from tests.contracts.registry import RegistryServer, Store, framed


class Clock:
    """Moved by the test."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    running = RegistryServer(Store()).start()
    yield running
    running.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(server: RegistryServer, clock: Clock) -> Registry:
    return Registry(Access(server.url), clock)


def test_ten_thousand_messages_of_three_schemas_ask_three_times(server: RegistryServer, registry: Registry) -> None:
    ids = [server.store.register(f"s{each}", f'{{"type": "fixed", "name": "f", "size": {each}}}') for each in (1, 2, 3)]
    messages = [Message(b"k", framed(ids[each % 3], b"x" * (each % 3 + 1))) for each in range(10_000)]
    readings = decode(ConfluentAvro(registry=registry), messages, TopicSchema())
    assert len(readings) == 10_000
    assert not readings.rejects
    assert server.asked == ["/schemas/ids/1", "/schemas/ids/2", "/schemas/ids/3"]


def test_the_three_formats_of_one_access_share_what_was_asked(server: RegistryServer) -> None:
    registry_of.cache_clear()
    access = Access(server.url)
    message = Message(b"k", framed(server.store.register("s", '"long"'), b"\2"))
    sure = [kind(access).sniff(message) for kind in (ConfluentAvro, ConfluentProtobuf, ConfluentJson)]
    assert sure == [1.0, 0.0, 0.0]
    assert server.asked == ["/schemas/ids/1"]


def test_threads_that_need_the_same_schema_ask_once(server: RegistryServer, registry: Registry) -> None:
    schema_id = server.store.register("s", '"long"')
    start, found = Barrier(8), list[str]()

    def ask() -> None:
        start.wait()
        found.append(registry.schema(schema_id).text)

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ['"long"'] * 8
    assert len(server.asked) == 1


def test_a_registry_that_goes_down_and_comes_back_loses_nothing(
    server: RegistryServer, registry: Registry, clock: Clock
) -> None:
    reader = ConfluentAvro(registry=registry)
    first, second = server.store.register("a", '"long"'), server.store.register("b", '"string"')
    known, unknown = Message(b"k", framed(first, b"\6")), Message(b"k", framed(second, b"\2x"))
    assert decode(reader, [known], TopicSchema()).fields[0] == {"value": 3}
    server.stop()
    assert decode(reader, [known], TopicSchema()).fields[0] == {"value": 3}  # from memory
    for _ in range(3):
        with pytest.raises(Unavailable, match=r"schema registry http://127\.0\.0\.1:\d+ does not answer .*start it"):
            decode(reader, [known, unknown], TopicSchema())
    server.start()
    with pytest.raises(Unavailable):
        decode(reader, [known, unknown], TopicSchema())  # not asked again within the pause
    clock.now += 1.5
    readings = decode(reader, [known, unknown], TopicSchema())
    assert list(readings.fields) == [{"value": 3}, {"value": "x"}]
    assert not readings.rejects
    assert server.asked == ["/schemas/ids/1", "/schemas/ids/2"]


def test_an_id_it_does_not_have_is_no_schema_until_it_is_registered(
    server: RegistryServer, registry: Registry, clock: Clock
) -> None:
    for _ in range(100):
        with pytest.raises(Unreadable, match=r"no-schema: the schema registry http\S+ has no schema 1"):
            registry.schema(1)
    assert len(server.asked) == 1
    server.store.register("s", '"long"')
    clock.now += 1.5
    assert registry.schema(1).text == '"long"'


def test_ids_that_it_does_not_have_are_not_kept_in_mind_without_end(server: RegistryServer, registry: Registry) -> None:
    for schema_id in range(1, 1030):
        with pytest.raises(Unreadable):
            registry.schema(schema_id)
    with pytest.raises(Unreadable):
        registry.schema(1029)
    assert len(server.asked) == 1029
    with pytest.raises(Unreadable):
        registry.schema(1)  # forgotten, asked anew
    assert len(server.asked) == 1030


def test_a_guid_that_it_does_not_have_or_does_not_know_of_is_no_schema(registry: Registry) -> None:
    with pytest.raises(Unreadable, match="no-schema"):
        registry.schema("89791762-2336-186f-9674-299b90a802e2")


def test_without_a_registry_the_setting_is_named() -> None:
    with pytest.raises(Unavailable, match=r"no schema registry is configured: .*registry\.url"):
        Registry(Access()).schema(1)


@pytest.mark.parametrize(
    "url", ["localhost:8081", "ftp://host", "http://", "http://host:port", "http://ann:se/cret@host"]
)
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(Unavailable, match=r"registry\.url is no address") as caught:
        Registry(Access(url)).schema(1)
    assert "cret" not in str(caught.value)


def test_credentials_are_sent_and_named_where_they_are_wrong(server: RegistryServer) -> None:
    server.login = "ann:secret"
    schema_id = server.store.register("s", '"long"')
    for access in (Access(server.url), Access(server.url, "ann", "wrong"), Access(server.url, "ann")):
        with pytest.raises(Unavailable, match=r"registry\.username and registry\.password") as caught:
            Registry(access).schema(schema_id)
        assert "wrong" not in str(caught.value)
    assert Registry(Access(server.url, "ann", "secret")).schema(schema_id).text == '"long"'
    inside = server.url.replace("http://", "http://ann:secret@")
    assert Registry(Access(inside)).schema(schema_id).text == '"long"'
    server.status = 500
    with pytest.raises(Unavailable, match="status 500") as caught:
        Registry(Access(inside)).schema(2)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("status", [301, 403, 405, 429, 500, 502, 503])
def test_every_other_status_is_unavailable_and_named(server: RegistryServer, registry: Registry, status: int) -> None:
    server.status = status
    with pytest.raises(Unavailable, match=f"status {status}"):
        registry.schema(server.store.register("s", '"long"'))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"schema": 1}',
        b'{"schema": "", "references": [{}]}',
        b'{"schema": "", "references": 7}',
        b'{"schema": "", "schemaType": 7}',
    ],
)
def test_what_is_no_schema_points_at_the_address(server: RegistryServer, registry: Registry, body: bytes) -> None:
    server.body = body
    with pytest.raises(Unavailable, match=r"answers no schema .* is registry\.url right"):
        registry.schema(server.store.register("s", '"long"'))


def test_one_odd_answer_does_not_keep_others_from_being_asked(server: RegistryServer, registry: Registry) -> None:
    odd, good = server.store.register("odd", '"int"'), server.store.register("good", '"long"')
    server.store.schemas[odd - 1]["references"] = [{"name": "without subject"}]
    with pytest.raises(Unavailable, match="answers no schema"):
        registry.schema(odd)
    assert registry.schema(good).text == '"long"'


def test_a_web_server_that_is_no_registry_is_told_by_its_404(server: RegistryServer) -> None:
    with pytest.raises(Unavailable, match=r"answers status 404 to /schemas/ids/1: is registry\.url right"):
        Registry(Access(server.url + "/elsewhere")).schema(1)


def test_a_registry_that_takes_the_call_and_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        access = Access(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Unavailable, match="does not answer"):
            Registry(access, answer_s=0.05).schema(1)


@pytest.mark.parametrize("status", [400, 422, 500, 501])
def test_a_registry_that_has_no_descriptors_is_asked_for_the_text(
    server: RegistryServer, registry: Registry, status: int
) -> None:
    server.unknown_format = status
    assert registry.schema(server.store.register("s", '"long"')).text == '"long"'


def test_references_come_each_after_what_it_needs_and_once(server: RegistryServer, registry: Registry) -> None:
    store = server.store
    store.register("deep/one", '"long"', "JSON")
    store.register("left", '"int"', "JSON", [("d", "deep/one", 1)])
    store.register("right", '"string"', "JSON", [("d", "deep/one", 1)])
    top = store.register("top", '"null"', "JSON", [("l", "left", 1), ("r", "right", 1)])
    assert list(registry.referenced(registry.schema(top))) == ["d", "l", "r"]
    assert sorted(server.asked) == sorted(
        ["/schemas/ids/4", "/subjects/left/versions/1", "/subjects/deep%2Fone/versions/1", "/subjects/right/versions/1"]
    )


def test_references_in_a_circle_or_without_end_do_not_hang(server: RegistryServer, registry: Registry) -> None:
    store = server.store
    circle = store.register("circle", '"long"', "JSON", [("c", "circle", 1)])
    assert list(registry.referenced(registry.schema(circle))) == ["c"]
    for each in range(MOST_REFERENCES + 2):
        store.register(f"s{each}", f'"{each}"', "JSON", [(f"n{each + 1}", f"s{each + 1}", 1)])
    with pytest.raises(Unreadable, match="unsupported: a schema that draws in more than"):
        registry.referenced(registry.schema(2))


def test_a_reference_that_is_not_there_is_named(server: RegistryServer, registry: Registry) -> None:
    top = server.store.register("top", '"long"', "AVRO", [("x.Y", "gone", 3)])
    with pytest.raises(Unreadable, match=r"no-schema: .* has no version 3 of subject gone, drawn in as x\.Y"):
        registry.referenced(registry.schema(top))


def test_a_password_is_never_shown(server: RegistryServer) -> None:
    reader = ConfluentAvro(Access(server.url, "ann", "secret"))
    assert "secret" not in repr(reader)

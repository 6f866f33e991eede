"""Data sets: where they lie, how they get here, and what a bad host, a cut and a foreign file do."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import socket
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from plastic_core.data import gray
from plastic_core.data.errors import DataMissing, DataUnusable, SourceChanged, SourceSilent
from plastic_core.data.fetching import CHUNK, Coming, Here, Making, fetch
from plastic_core.data.places import cache_of, folder_of, place_of
from plastic_core.data.sources import CATALOGUE, DataSet, Made, PublicFile

CONTENT = np.random.default_rng(0).bytes(2 * CHUNK + 7)


class Host(ThreadingHTTPServer):
    """A web host on this machine that keeps the rules, or does not."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), partial(Answer))
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.ranges = True
        self.cut_after: int | None = None
        self.code = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        host, wish = self.server, self.headers.get("Range")
        assert isinstance(host, Host)
        host.asked.append((self.path, wish))
        content = host.files.get(self.path)
        if host.code or content is None:
            self.send_error(host.code or 404)
            return
        first = int(wish.removeprefix("bytes=").rstrip("-")) if wish and host.ranges else 0
        if first and first >= len(content):
            self.send_error(416)
            return
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first : host.cut_after])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in http.server
        """Say nothing."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Host() as running:
        thread = Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def published(host: Host, *names: str, sized: bool = True) -> DataSet:
    for name in names:
        host.files[f"/{name}"] = CONTENT
    total = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
    size = len(CONTENT) if sized else None
    return DataSet("noise", "none", tuple(PublicFile(f"{host.url}/{name}", total, size) for name in names))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_cache_is_where_the_user_keeps_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_of({"XDG_CACHE_HOME": "/big"}) == Path("/big/plastream")
    assert cache_of({"HOME": "/home/ada", "XDG_CACHE_HOME": ""}) == Path("/home/ada/.cache/plastream")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert place_of("images") == tmp_path / "plastream" / "images"


def test_a_folder_without_a_whole_file_is_no_data(tmp_path: Path) -> None:
    line = r"no data of images in .*: run plastream data fetch images, or give --data DIR"
    with pytest.raises(DataMissing, match=line):
        folder_of("images", tmp_path)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.zip.part").touch()
    with pytest.raises(DataMissing, match=line):
        folder_of("images", tmp_path)
    (tmp_path / "images" / "a.zip").touch()
    assert folder_of("images", tmp_path) == tmp_path / "images"


def test_files_come_with_progress_and_are_not_fetched_twice(tmp_path: Path, host: Host) -> None:
    wanted = published(host, "a.zip", "b.zip")
    folder = tmp_path / "new" / "noise"
    events = list(fetch(wanted, folder))
    size = len(CONTENT)
    assert events[0] == Coming("a.zip", 0, size)
    assert events[-2:] == [Coming("b.zip", size, size), Here("b.zip")]
    assert names(folder) == ["a.zip", "b.zip"]
    assert (folder / "b.zip").read_bytes() == CONTENT
    assert list(fetch(wanted, folder)) == [Here("a.zip"), Here("b.zip")]
    assert len(host.asked) == 2


@pytest.mark.parametrize("sized", [True, False])
def test_a_download_that_broke_off_goes_on_from_there(tmp_path: Path, host: Host, sized: bool) -> None:
    wanted = published(host, "a.zip", sized=sized)
    host.cut_after = CHUNK + 5
    with pytest.raises(SourceSilent, match=r"broke off after 262,149 of 524,295 bytes: the same command goes on"):
        list(fetch(wanted, tmp_path))
    assert names(tmp_path) == ["a.zip.part"]
    host.cut_after = None
    events = list(fetch(wanted, tmp_path))
    assert events[0] == Coming("a.zip", CHUNK + 5, len(CONTENT))
    assert host.asked[-1] == ("/a.zip", f"bytes={CHUNK + 5}-")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_host_that_knows_no_ranges_gives_all_of_it_again(tmp_path: Path, host: Host) -> None:
    wanted, host.ranges = published(host, "a.zip"), False
    (tmp_path / "a.zip.part").write_bytes(b"what a killed call left")
    assert next(iter(list(fetch(wanted, tmp_path)))) == Coming("a.zip", 0, len(CONTENT))
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("sized", [True, False])
def test_killed_between_the_last_byte_and_the_name(tmp_path: Path, host: Host, sized: bool) -> None:
    wanted = published(host, "a.zip", sized=sized)
    (tmp_path / "a.zip.part").write_bytes(CONTENT)
    assert list(fetch(wanted, tmp_path)) == [Here("a.zip")]
    assert len(host.asked) == (0 if sized else 1)
    assert names(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("kept", [b"", b"another beginning"])
def test_a_wrong_sum_leaves_nothing(tmp_path: Path, host: Host, kept: bytes) -> None:
    wanted = published(host, "a.zip")
    if kept:
        (tmp_path / "a.zip.part").write_bytes(kept)
    else:
        host.files["/a.zip"] = b"sign in to this network"
    with pytest.raises(SourceChanged, match=r"a\.zip is not the file that was published \(its sha256 differs\)"):
        list(fetch(wanted, tmp_path))
    assert names(tmp_path) == []


@pytest.mark.parametrize("kept", [b"", CONTENT + b"more"])
def test_of_a_file_that_is_too_long_little_more_is_taken_than_was_published(
    tmp_path: Path, host: Host, kept: bytes
) -> None:
    wanted = published(host, "a.zip")
    host.files["/a.zip"] = CONTENT + bytes(9 * CHUNK)
    if kept:
        (tmp_path / "a.zip.part").write_bytes(kept)
    told = list[int]()

    def watch() -> None:
        for event in fetch(wanted, tmp_path):
            told.append(event.done if isinstance(event, Coming) else 0)

    with pytest.raises(SourceChanged, match="its sha256 differs"):
        watch()
    assert names(tmp_path) == []
    assert len(CONTENT) < max(told) <= len(CONTENT) + len(b"more") + CHUNK


def test_hosts_that_refuse(tmp_path: Path, host: Host) -> None:
    wanted = published(host, "a.zip")
    host.code = 404
    with pytest.raises(SourceChanged, match=r"answers 404 Not Found: put a\.zip into"):
        list(fetch(wanted, tmp_path))
    host.code = 503
    with pytest.raises(SourceSilent, match=r"cannot be reached \(.*503.*\): the same command goes on"):
        list(fetch(wanted, tmp_path))
    assert names(tmp_path) == []


def test_no_network(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(SourceSilent, match=r"cannot be reached \(Connection refused\)"):
            list(fetch(CATALOGUE["images"], tmp_path, mirror=nobody))
    with pytest.raises(DataUnusable, match=r"nowhere/.* is no address"):
        list(fetch(CATALOGUE["images"], tmp_path, mirror="nowhere"))


def test_a_silent_host(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(SourceSilent, match=r"cannot be reached \(.*timed out.*\)"):
            list(fetch(CATALOGUE["images"], tmp_path, mirror=url, timeout_s=0.05))


def test_foreign_files_are_left_alone(tmp_path: Path, host: Host) -> None:
    wanted = published(host, "a.zip")
    (tmp_path / "a.zip").write_bytes(b"mine")
    with pytest.raises(DataUnusable, match=r"a\.zip is not the file that was published: move it away"):
        list(fetch(wanted, tmp_path))
    assert (tmp_path / "a.zip").read_bytes() == b"mine"


def test_one_process_at_a_time(tmp_path: Path, host: Host) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        with pytest.raises(DataUnusable, match="another process fetches into"):
            list(fetch(published(host, "a.zip"), tmp_path))
    finally:
        os.close(descriptor)
    assert list(fetch(published(host, "a.zip"), tmp_path))[-1] == Here("a.zip")


def test_a_full_disk_is_the_systems_error_and_keeps_what_came(tmp_path: Path, host: Host) -> None:
    wanted = published(host, "a.zip")
    (tmp_path / "a.zip.part").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught:
        list(fetch(wanted, tmp_path))
    assert not isinstance(caught.value, SourceSilent)
    assert names(tmp_path) == ["a.zip.part"]


def reversed_file(folder: Path, target: Path) -> None:
    target.write_bytes((folder / "a.zip").read_bytes()[::-1])


def is_reversed(path: Path) -> bool:
    return path.read_bytes() == CONTENT[::-1]


def made_set(host: Host) -> DataSet:
    files = published(host, "a.zip").files
    return DataSet("noise", "none", files, Made("back", reversed_file, is_reversed))


def test_of_what_is_made_only_the_product_is_kept(tmp_path: Path, host: Host) -> None:
    wanted = made_set(host)
    assert list(fetch(wanted, tmp_path))[-3:] == [Here("a.zip"), Making("back"), Here("back")]
    assert names(tmp_path) == ["back"] == list(wanted.kept)
    assert list(fetch(wanted, tmp_path)) == [Here("back")]
    (tmp_path / "back").write_bytes(b"another")
    with pytest.raises(DataUnusable, match="back is another file than the one made here"):
        list(fetch(wanted, tmp_path))


def test_a_file_that_the_user_brought_is_used_and_stays(tmp_path: Path, host: Host) -> None:
    (tmp_path / "a.zip").write_bytes(CONTENT)
    assert list(fetch(made_set(host), tmp_path)) == [Here("a.zip"), Making("back"), Here("back")]
    assert names(tmp_path) == ["a.zip", "back"]
    assert host.asked == []


def test_a_product_that_cannot_be_made_leaves_no_half_one(tmp_path: Path, host: Host) -> None:
    def broken(folder: Path, target: Path) -> None:
        reversed_file(folder, target)
        raise DataUnusable("half of it")

    files = published(host, "a.zip").files
    with pytest.raises(DataUnusable, match="half of it"):
        list(fetch(DataSet("noise", "none", files, Made("back", broken, is_reversed)), tmp_path))
    assert names(tmp_path) == ["a.zip"]


def archive(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w:gz", compresslevel=1) as written:
        for name, content in files.items():
            member = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))


@pytest.mark.slow
def test_photographs_in_gray(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    records = {name: np.zeros((10_000, 3073), np.uint8) for name in (*gray.TRAINING, *gray.HELD_OUT)}
    for array in records.values():
        array[::1000] = rng.integers(0, 256, (10, 3073), np.uint8)
    files = {name: array.tobytes() for name, array in records.items()}
    archive(tmp_path / gray.ARCHIVE, files | {"readme.html": b"<p>"})
    gray.make(tmp_path, tmp_path / gray.GRAY)
    assert gray.sound(tmp_path / gray.GRAY)
    with np.load(tmp_path / gray.GRAY, allow_pickle=False) as arrays:
        images, held_out = arrays["images"], arrays["held_out"]
    red, green, blue = records["data_batch_2.bin"][3000, 1:].reshape(3, 32, 32).astype(np.float64)
    np.testing.assert_allclose(images[13_000], 0.299 * red + 0.587 * green + 0.114 * blue, atol=0.51)
    red, green, blue = records["test_batch.bin"][9000, 1:].reshape(3, 32, 32).astype(np.float64)
    np.testing.assert_allclose(held_out[9000], 0.299 * red + 0.587 * green + 0.114 * blue, atol=0.51)


def test_archives_and_arrays_that_are_others(tmp_path: Path) -> None:
    archive(tmp_path / gray.ARCHIVE, {"data_batch_1.bin": b"short"})
    with pytest.raises(DataUnusable, match=r"is not CIFAR-10's binary archive .*: delete it"):
        gray.make(tmp_path, tmp_path / gray.GRAY)
    archive(tmp_path / gray.ARCHIVE, {})
    with pytest.raises(DataUnusable, match=r"is not CIFAR-10's binary archive"):
        gray.make(tmp_path, tmp_path / gray.GRAY)
    path = tmp_path / "a.npz"
    path.write_bytes(b"no zip")
    assert not gray.sound(path)
    np.savez(path, images=np.zeros((3, 32, 32), np.uint8))
    assert not gray.sound(path)
    np.savez(path, images=np.zeros((3, 32, 32), np.uint8), held_out=np.zeros((3, 32, 32), np.uint8))
    assert not gray.sound(path)


def test_every_source_is_safe_and_named_once() -> None:
    for known in CATALOGUE.values():
        assert len({file.name for file in known.files}) == len(known.files)
        for file in known.files:
            assert file.url.startswith("https://")
            algorithm, _, total = file.checksum.partition(":")
            assert len(bytes.fromhex(total)) == hashlib.new(algorithm).digest_size

"""`plastream data` as a user types it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
import pytest

from plastic_core.data import sources
from plastic_core.data.sources import DataSet, PublicFile
from service.cli.main import execute

Captured = pytest.CaptureFixture[str]


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name in http.server
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A web host of the files in a folder."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "mirror"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", folder
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "plastream"


def complaint(captured: Captured, *arguments: str, code: int) -> str:
    """The last line on stderr of a command that fails."""
    assert execute(arguments) == code
    said = captured.readouterr()
    assert said.out == ""
    line = said.err.strip().splitlines()[-1]
    assert line.startswith("plastream: ")
    return line


def test_the_list_says_what_is_here(cache: Path, capsys: Captured) -> None:
    (cache / "images").mkdir(parents=True)
    (cache / "images" / "cifar_gray_train.npz").touch()
    (cache / "omniglot").mkdir()
    (cache / "omniglot" / "all_runs.zip").touch()
    assert execute(["data", "list", "-o", "json"]) == 0
    rows = {row["name"]: row for row in orjson.loads(capsys.readouterr().out)}
    assert (rows["images"]["here"], rows["omniglot"]["here"]) == ("yes", "in part")
    assert rows["omniglot"]["folder"] == str(cache / "omniglot")
    assert rows["images"]["files"][0]["url"].endswith("/cifar-10-binary.tar.gz")
    assert execute(["data", "list"]) == 0
    table = capsys.readouterr().out
    assert "omniglot" in table
    assert "MIT" in table


def test_fetched_from_a_mirror(
    mirror: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    url, shelf = mirror
    (shelf / "tones.bin").write_bytes(b"la")
    total = "md5:" + hashlib.md5(b"la", usedforsecurity=False).hexdigest()
    tones = DataSet("tones", "CC0", (PublicFile("https://tones.invalid/v1/tones.bin", total),))
    monkeypatch.setattr(sources, "CATALOGUE", {"tones": tones})
    assert execute(["data", "fetch", "tones", "--from", url]) == 0
    said = capsys.readouterr()
    assert said.out == f"{cache / 'tones'}\n"
    assert "tones: tones; CC0" in said.err
    assert (cache / "tones" / "tones.bin").read_bytes() == b"la"
    assert execute(["--quiet", "data", "fetch", "tones", "--from", url, "--to", str(tmp_path / "mine")]) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "mine" / "tones.bin").read_bytes() == b"la"


def test_what_goes_wrong_is_one_line(mirror: tuple[str, Path], cache: Path, tmp_path: Path, capsys: Captured) -> None:
    url, shelf = mirror
    assert "no data set 'imges'; there are: images, omniglot" in complaint(capsys, "data", "fetch", "imges", code=2)
    fetch = ("data", "fetch", "images", "--from", url)
    assert "answers 404" in complaint(capsys, *fetch, code=1)
    (shelf / "cifar-10-binary.tar.gz").write_bytes(b"sign in")
    assert "is not the file that was published" in complaint(capsys, *fetch, code=1)
    assert list((cache / "images").iterdir()) == []
    (tmp_path / "file").touch()
    assert "is not a folder" in complaint(capsys, *fetch, "--to", str(tmp_path / "file"), code=2)
    assert "is no address" in complaint(capsys, "data", "fetch", "images", "--from", "nowhere", code=2)
    away = complaint(capsys, "data", "fetch", "images", "--from", "http://127.0.0.1:9", code=3)
    assert "cannot be reached" in away
    (cache / "images" / "cifar-10-binary.tar.gz").write_bytes(b"mine")
    assert "move it away" in complaint(capsys, *fetch, code=2)

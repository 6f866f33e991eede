"""`plastream encoder`: list, explain, there and back, pictures, a plug-in from scaffold to vector."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from encoders.catalogue import CATALOGUE
from service.cli.main import execute
from service.encoding import scaffold
from service.encoding.checking import checked, subject
from service.encoding.similarity import similarity
from service.errors import UsageError

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(captured: Captured, *arguments: str) -> Any:
    assert execute(["encoder", *arguments, "--output", "json"]) == 0
    return json.loads(captured.readouterr().out)


def test_the_list_names_every_encoder(capsys: Captured) -> None:
    found = told(capsys, "list")
    assert {one["name"] for one in found} >= set(CATALOGUE)
    assert all(one["purpose"] and one["width"] for one in found)


def test_explain_shows_equation_values_and_settings(capsys: Captured) -> None:
    found = told(capsys, "explain", "category")
    assert "hash" in found["about"]
    assert found["values"].startswith("See Encoder. Values: text")
    setting = found["settings"][0]
    assert (setting["name"], setting["value"]) == ("numbers", False)
    assert "symbols" in setting["about"]


def test_values_go_there_and_back(capsys: Captured) -> None:
    found = told(capsys, "encode", "scalar", "20", "22", "null", "warm")
    assert [one["sensed"] for one in found] == [True, True, False, False]
    assert found[1]["decoded"] == pytest.approx(22.0, abs=found[1]["resolution"])
    back = told(capsys, "decode", "scalar", "[0]", "--after", "20", "--after", "22")
    assert back["decoded"] == 21.0
    assert told(capsys, "encode", "category", "7", "--set", "numbers=true")[0]["decoded"] == "7"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("explain", "nowhere"), "no encoder 'nowhere'"),
        (("encode", "scalar", "1", "--set", "colour=1"), "refuses the settings"),
        (("decode", "scalar", "[1, 2]"), "has 1 channels"),
        (("decode", "scalar", "warm"), "must be a JSON list"),
        (("plot", "scalar", "--low", "3"), "give both --low and --high"),
        (("plot", "scalar", "--values", "missing.txt"), "cannot be read"),
        (("plot", "boolean", "--low", "5", "--high", "6"), "understands none of these values"),
        (("new", "Bad-Name"), "cannot name an encoder"),
        (("check", "json"), "must hold one encoder class"),
        (("check", "no_such_module"), "cannot be imported"),
    ],
)
def test_what_is_wrong_is_one_line(capsys: Captured, arguments: tuple[str, ...], line: str) -> None:
    assert execute(["encoder", *arguments]) == 2
    said = capsys.readouterr().err
    assert line in said
    assert said.count("\n") == 1


def test_the_similarity_of_codes() -> None:
    found = similarity(np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 0.0]]))
    assert found.tolist() == [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]
    assert similarity(np.zeros((2, 1))).tolist() == [[1.0, 1.0], [1.0, 1.0]]


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    assert execute(["encoder", "plot", "scalar", "--low", "0", "--high", "10", "--out", "p.png"]) == 0
    with Image.open(tmp_path / "p.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape[0] > 300
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100  # a matrix of many shades, not an empty sheet


def test_a_scaffold_keeps_every_promise_and_a_broken_one_is_named(tmp_path: Path, capsys: Captured) -> None:
    written = scaffold.write("tide_level", tmp_path)
    with pytest.raises(UsageError, match="exists already"):
        scaffold.write("tide_level", tmp_path)
    module = written[-1]
    encoder, example = subject(str(module))
    assert encoder.name == "tide_level"
    assert [one.promise for one in checked(encoder, example) if not one.kept] == []
    broken = module.with_name("plastream_noisy.py")
    text = module.read_text().replace("2.0 * (numbers - low)", "2.5 * (numbers - low)")
    broken.write_text(text)
    assert [one.broken for one in checked(*subject(str(broken))) if not one.kept]
    assert execute(["encoder", "check", str(broken), "--output", "json"]) == 1
    assert not all(one["kept"] for one in json.loads(capsys.readouterr().out))


@pytest.mark.slow
def test_an_installed_plug_in_is_found_by_its_entry_point(tmp_path: Path) -> None:
    folder = scaffold.write("tide", tmp_path)[0].parent
    site = tmp_path / "site"
    site.mkdir()
    metadata = site / "plastream_tide-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: plastream-tide\nVersion: 0.1.0\n")
    (metadata / "entry_points.txt").write_text("[plastream.encoders]\ntide = plastream_tide:TideEncoder\n")
    (site / "plastream_tide.py").write_text((folder / "plastream_tide.py").read_text())
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r})\n"
        "import numpy as np\n"
        "from encoders.plan import Plan\n"
        "from encoders.schema import FieldSchema, TopicSchema\n"
        "schema = TopicSchema(fields={'level': FieldSchema(type='number', encoder='tide', settings={'high': 10.0})})\n"
        "plan = Plan.empty(8).extended({'level': 5.0}, schema)\n"
        "rows = plan.encode([{'level': 7.5}], np.array([np.nan]), plan.initial(1))\n"
        "print(rows.x[0, 0], plan.blocks[0].encoder)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "0.5 tide\n"

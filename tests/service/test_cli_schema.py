"""`plastream schema infer`, `explain` and `diff` as a user types them."""

from __future__ import annotations

import os
import struct
import wave
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from service import build
from service.cli.main import execute
from service.log.contract import Draft
from service.log.open import open_log
from service.settings import Settings

Captured = pytest.CaptureFixture[str]
START_S = 1_790_000_000


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PLASTREAM_"):
            monkeypatch.delenv(name)


def said(captured: Captured, *arguments: str, code: int = 0) -> str:
    assert execute(["schema", *arguments]) == code
    return captured.readouterr().out


def complaint(captured: Captured, *arguments: str) -> str:
    assert execute(["schema", *arguments]) == 2
    lines = captured.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def documents(**more: Any) -> list[bytes]:
    return [
        orjson.dumps({"ts": START_S + k, "host": f"h{k % 2}", "temp_c": 20.5 + k % 4, "up": k % 3 > 0} | more)
        for k in range(30)
    ]


def file_of(lines: list[bytes], name: str = "plant.ndjson") -> str:
    Path(name).write_bytes(b"\n".join(lines))
    return name


def test_infer_prints_the_schema(capsys: Captured) -> None:
    found = orjson.loads(said(capsys, "infer", "--file", file_of(documents()), "--output", "json"))
    assert (found["format"], found["time"]["path"], found["time"]["unit"], found["id"]["path"]) == (
        "json",
        "ts",
        "s",
        "host",
    )
    field = found["fields"]["temp_c"]
    assert (field["type"], field["unit"], field["encoder"]) == ("number", "degC", "scalar")
    assert 0.0 < field["confidence"] <= 1.0
    table = said(capsys, "infer", "--file", "plant.ndjson")
    assert "event time" in table
    assert "number in degC" in table


def test_a_binary_file_is_one_message_and_a_folder_holds_several(capsys: Captured) -> None:
    Path("takes").mkdir()
    for take in range(3):
        with wave.open(f"takes/{take}.wav", "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(struct.pack("<64h", *range(take, take + 64)))
    for source in ("takes/0.wav", "takes"):
        found = orjson.loads(said(capsys, "infer", "-f", source, "-o", "json"))
        assert found["fields"]["samples"]["type"] == "waveform"
    Path("empty").mkdir()
    assert "holds no files" in complaint(capsys, "infer", "-f", "empty")


def test_json_over_many_lines_is_one_message(capsys: Captured) -> None:
    pretty = orjson.dumps({"host": "a", "ts": START_S, "v": 1.5}, option=orjson.OPT_INDENT_2)
    Path("one.json").write_bytes(pretty)
    assert orjson.loads(said(capsys, "infer", "-f", "one.json", "-o", "json"))["fields"]["v"]["type"] == "number"


def test_what_was_saved_pins_the_next_time(capsys: Captured) -> None:
    name = file_of(documents())
    said(capsys, "infer", "-f", name, "--save", "plant.yaml")
    assert yaml.safe_load(Path("plant.yaml").read_text())["fields"]["temp_c"]["unit"] == "degC"
    assert said(capsys, "diff", name, "plant.yaml") == ""
    Path("pins.yaml").write_text("fields: {temp_c: {rename: warmth, unit: degF}, up: {exclude: true}}")
    found = orjson.loads(said(capsys, "infer", "-f", name, "--pins", "pins.yaml", "-o", "json"))
    assert {path: field["unit"] for path, field in found["fields"].items()} == {"warmth": "degF"}
    Path("wrong.yaml").write_text("fields:\n  temp_c: {untis: degF}")
    assert "line 2: fields.temp_c has no key 'untis'; did you mean unit?" in complaint(
        capsys, "infer", "-f", name, "--pins", "wrong.yaml"
    )
    assert "choose another --save" in complaint(capsys, "infer", "-f", name, "--save", "no/such/folder.yaml")


def test_explain_says_why_and_what_is_left_out(capsys: Captured) -> None:
    Path("pins.yaml").write_text("exclude: [up]")
    name = file_of(documents(void=None, odd=[{"a": 1}]))
    lines = orjson.loads(said(capsys, "explain", "-f", name, "--pins", "pins.yaml", "-o", "json"))
    by_path = {line["path"]: line for line in lines}
    assert by_path["ts"]["channels"] == "0-5"
    assert (by_path["temp_c"]["channels"], by_path["temp_c"]["si"]) == ("6", "K")
    assert by_path["up"]["why"] == ["excluded by a rule"]
    assert by_path["void"]["why"] == ["only ever null"]
    assert by_path["odd"]["why"][0] == "nothing encodes its values"
    table = said(capsys, "explain", "-f", name)
    assert "degC (SI: K)" in table
    assert "left out" in table


def test_diff_of_files(capsys: Captured) -> None:
    old, new = file_of(documents(), "old.ndjson"), file_of(documents(rpm=3.5, up="yes"), "new.ndjson")
    Path("old.json").write_text(said(capsys, "infer", "-f", old, "-o", "json"))
    assert said(capsys, "diff", old, "old.json") == ""
    lines = said(capsys, "diff", "old.json", new, code=1).splitlines()
    assert lines == ["~ up: type boolean -> category, encoder boolean -> category", "+ rpm: number in rpm"]
    assert orjson.loads(said(capsys, "diff", old, new, "-o", "json", code=1)) == lines
    assert "give two files" in complaint(capsys, "diff", old)


def test_diff_of_a_topic_and_the_schema_in_force(capsys: Captured, tmp_path: Path) -> None:
    settings = Settings.model_validate({"log": {"directory": tmp_path / "data"}, "input": {"topic": "plant"}})
    topic = ("--topic", "plant", "--data-dir", str(tmp_path / "data"))
    with open_log(build.log_settings(settings)) as log:
        build.prepare_topics(log, settings)
        log.append("plant", [Draft(line, partition=0) for line in documents()])
    assert "no schema of plant is in force yet" in complaint(capsys, "diff", *topic)
    with open_log(build.log_settings(settings)) as log:
        build.topic_schema(log, settings)
    assert said(capsys, "diff", *topic) == ""
    assert said(capsys, "diff", file_of(documents()), *topic) == ""
    with open_log(build.log_settings(settings)) as log:
        log.append("plant", [Draft(line, partition=0) for line in documents(rpm=2.5)])
    assert said(capsys, "diff", *topic, "--limit", "30", code=1) == "+ rpm: number in rpm\n"


def test_a_schema_file_holds_for_the_service(tmp_path: Path) -> None:
    pins = tmp_path / "pins.yaml"
    pins.write_text("id: host\nfields: {temp_c: {rename: warmth}}")
    given = {"topic": "plant", "schema_file": pins, "fields": {"up": "category"}}
    settings = Settings.model_validate({"log": {"directory": tmp_path / "data"}, "input": given})
    with open_log(build.log_settings(settings)) as log:
        build.prepare_topics(log, settings)
        log.append("plant", [Draft(line) for line in documents(up="x")])
        schema = build.topic_schema(log, settings)
        assert {path: field.type for path, field in schema.fields.items()} == {"warmth": "number", "up": "category"}
        assert build.topic_schema(log, settings) == schema
        pins.write_text("fields: {temp_c: {exclude: true}}")
        with pytest.raises(build.SchemaClashError, match="temp_c: the schema in force has no such rule"):
            build.topic_schema(log, settings)
        pins.write_text("feilds: {}")
        with pytest.raises(build.UsageError, match="did you mean fields"):
            build.topic_schema(log, settings)

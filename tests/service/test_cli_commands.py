"""Commands as a user types them: what they print where, and how they end."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import orjson
import pytest
import yaml

from service.cli.main import execute, hoisted
from service.log.contract import Draft
from service.log.embedded import EmbeddedLog

Captured = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("PLASTREAM_"):
            monkeypatch.delenv(name)


def output_of(captured: Captured, *arguments: str, code: int = 0) -> str:
    assert execute(arguments) == code
    return captured.readouterr().out


def complaint(captured: Captured, *arguments: str, code: int) -> str:
    """The one line on stderr of a command that fails."""
    assert execute(arguments) == code
    said = captured.readouterr()
    lines = said.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("plastream: ")
    assert "Traceback" not in said.err + said.out
    return lines[0]


def test_version(capsys: Captured) -> None:
    assert output_of(capsys, "--version").startswith("plastream ")


@pytest.mark.parametrize(
    "command",
    ["", "demo", "run", "record host", "topic tail", "topic append", "config show", "schema infer", "doctor"],
)
def test_every_command_explains_itself(capsys: Captured, command: str) -> None:
    assert "Usage: plastream" in output_of(capsys, *command.split(), "--help")


def test_global_flags_may_stand_anywhere(capsys: Captured) -> None:
    assert hoisted(["config", "check", "-q", "--", "--quiet"]) == ["-q", "config", "check", "--", "--quiet"]
    assert execute(["config", "check", "--quiet"]) == 0
    assert capsys.readouterr().err == ""
    assert execute(["config", "check"]) == 0
    assert "right" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nonsense"),
        (["demo", "--bogus"], "--bogus"),
        (["demo", "--workers", "many"], "--workers"),
        (["demo", "--live", "--recording", "a.ndjson"], "exclude"),
        (["demo", "--recording", "none.ndjson"], "none.ndjson"),
        (["run", "--set", "core.neuron=3"], "did you mean core.neurons?"),
        (["run", "--set", "core.neurons"], "SECTION.KEY=VALUE"),
        (["run", "-c", "nowhere.yaml"], "nowhere.yaml"),
        (["config", "check", "--set", "workers.count=0"], "workers.count"),
        (["topic", "tail"], "TOPIC"),
        (["topic", "list"], "no embedded log"),
        (["schema", "infer"], "--file or --topic"),
        (["schema", "infer", "--file", "none.ndjson"], "none.ndjson"),
        (["record", "host", "--out", "host.txt"], ".ndjson"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(capsys: Captured, arguments: list[str], told: str) -> None:
    assert told in complaint(capsys, *arguments, code=2)


def test_verbose_shows_where_an_error_arose(capsys: Captured) -> None:
    assert execute(["topic", "list", "--verbose"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_show_is_a_config_file_by_itself(capsys: Captured, tmp_path: Path) -> None:
    shown = output_of(capsys, "config", "show", "--set", "core.neurons=64", "--set", "log.sasl_password=hunter2")
    assert "hunter2" not in shown
    values = yaml.safe_load(shown)
    assert values["core"]["neurons"] == 64
    del values["log"]["sasl_password"]
    again = tmp_path / "again.yaml"
    again.write_text(yaml.safe_dump(values), encoding="utf-8")
    assert yaml.safe_load(output_of(capsys, "config", "show", "-c", str(again))) == values


def test_show_says_where_each_value_came_from(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("settings.yaml").write_text("core: {neurons: 16, width: 16, seed: 1}\n", encoding="utf-8")
    monkeypatch.setenv("PLASTREAM_CORE__WIDTH", "32")
    monkeypatch.setenv("PLASTREAM_CORE__NEURONS", "32")
    monkeypatch.setenv("PLASTREAM_LOG__SASL_PASSWORD", "hunter2")
    arguments = ["config", "show", "--origin", "-c", "settings.yaml", "--set", "core.neurons=64"]
    shown = orjson.loads(output_of(capsys, *arguments, "-o", "json"))
    assert shown["core.neurons"] == {"value": 64, "origin": "flag"}
    assert shown["core.width"] == {"value": 32, "origin": "environment"}
    assert shown["core.seed"] == {"value": 1, "origin": "file settings.yaml"}
    assert shown["core.rule"] == {"value": "hebb", "origin": "default"}
    assert shown["log.sasl_password"] == {"value": "**********", "origin": "environment"}
    table = output_of(capsys, *arguments)
    assert "file settings.yaml" in table
    assert "hunter2" not in table


def test_schema_of_the_settings(capsys: Captured) -> None:
    assert "LogGroup" in orjson.loads(output_of(capsys, "config", "schema"))["$defs"]
    assert "workers.standby" in output_of(capsys, "config", "schema", "-o", "table")


def test_doctor(capsys: Captured) -> None:
    checks = {row["check"]: row for row in orjson.loads(output_of(capsys, "doctor", "-o", "json"))}
    assert {"python", "ray", "kafka-python", "disk", "memory", "log"} <= checks.keys()
    assert checks["log"]["health"] == "ok"
    assert not Path("plastream-data").exists()  # looking makes nothing


def plant_file(folder: Path) -> Path:
    rows = [{"id": f"pump-{tick % 3}", "ts": 1_700_000_000 + tick, "flow": 1.5 * tick} for tick in range(30)]
    path = folder / "plant.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows) + b"\n\nbroken\n")
    return path


def test_schema_of_a_file(capsys: Captured, tmp_path: Path) -> None:
    found = orjson.loads(output_of(capsys, "schema", "infer", "--file", str(plant_file(tmp_path)), "-o", "json"))
    assert (found["id"]["path"], found["time"]["path"], found["fields"]["flow"]["type"]) == ("id", "ts", "number")


def test_messages_are_appended_by_stream_and_read_back(capsys: Captured, tmp_path: Path) -> None:
    path = plant_file(tmp_path)
    assert execute(["topic", "append", "plant", "--file", str(path), "--data-dir", "log"]) == 0
    assert "31 messages appended to plant, keyed by id" in capsys.readouterr().err
    listed = orjson.loads(output_of(capsys, "topic", "list", "--data-dir", "log", "-o", "json"))
    assert listed == [{"topic": "plant", "partitions": 4, "records": 31}]
    lines = output_of(capsys, "topic", "tail", "plant", "-n", "100", "--data-dir", "log", "-o", "json").splitlines()
    read = [orjson.loads(line) for line in lines]
    assert len(read) == 31
    places: dict[str, set[int]] = {}
    for record in read:
        if record["key"] is not None:
            assert record["value"]["id"] == record["key"]
            places.setdefault(record["key"], set()).add(record["partition"])
    assert set(places) == {"pump-0", "pump-1", "pump-2"}
    assert all(len(partitions) == 1 for partitions in places.values())
    assert [record["value"] for record in read if record["key"] is None] == ["broken"]


def test_appending_to_a_missing_folder_of_messages(capsys: Captured) -> None:
    assert "none" in complaint(capsys, "topic", "append", "plant", "--file", "none.ndjson", code=2)
    assert not Path("plastream-data").exists()


def test_a_compressed_file_is_appended_too(capsys: Captured, tmp_path: Path) -> None:
    packed = tmp_path / "plant.ndjson.gz"
    packed.write_bytes(gzip.compress(plant_file(tmp_path).read_bytes()))
    assert execute(["topic", "append", "plant", "--file", str(packed), "--data-dir", "log", "--key", "ts"]) == 0
    assert "31 messages appended to plant, keyed by ts" in capsys.readouterr().err


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """An embedded log with percepts and dead letters as the service writes them."""
    folder = tmp_path / "log"
    cell = {"raw": 9.0, "expected": 2.0, "perceived": 8.5, "gain": 0.9, "sigma": 0.5, "quality": "ok"}
    calm = cell | {"raw": 2.0, "perceived": 2.0}
    percept = {"stream": "pump-1", "time": 1_700_000_000.0, "surprise": 3.25, "fields": {"heat": calm, "flow": cell}}
    with EmbeddedLog(folder) as log:
        for name in ("plant", "plant.percepts", "plant.dlq"):
            log.create_topic(name, 1)
        log.append("plant.percepts", [Draft(orjson.dumps(percept), key=b"pump-1")])
        headers = (("dlq_reason", b"not-json"), ("dlq_error", b"line 1"), ("dlq_partition", b"2"), ("dlq_offset", b"7"))
        log.append("plant.dlq", [Draft(b"\xff{broken", headers=headers)])
    return folder


def test_percepts_are_told_in_words(capsys: Captured, written: Path) -> None:
    told = output_of(capsys, "topic", "tail", "plant.percepts", "--data-dir", str(written))
    assert "pump-1" in told
    assert "surprise 3.25 sigma" in told
    assert "most: flow 9, expected 2, perceived 8.5" in told


def test_dead_letters_are_told_with_their_reasons(capsys: Captured, written: Path) -> None:
    assert execute(["topic", "dlq", "plant", "--data-dir", str(written)]) == 0
    said = capsys.readouterr()
    for told in ("not-json", "line 1", "2:7", "{broken"):
        assert told in said.out
    assert "1 not-json" in said.err


def test_a_topic_without_dead_letters_and_one_that_is_missing(capsys: Captured, written: Path) -> None:
    with EmbeddedLog(written) as log:
        log.create_topic("other", 1)
    assert execute(["topic", "dlq", "other", "--data-dir", str(written)]) == 0
    assert "no dead letters" in capsys.readouterr().err
    assert "nothing" in complaint(capsys, "topic", "dlq", "nothing", "--data-dir", str(written), code=2)
    assert "nothing" in complaint(capsys, "topic", "tail", "nothing", "--data-dir", str(written), code=2)


def test_a_log_that_cannot_be_opened(capsys: Captured, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "log.sqlite").write_bytes(b"this is no database" * 500)
    assert str(folder) in complaint(capsys, "topic", "list", "--data-dir", str(folder), code=3)

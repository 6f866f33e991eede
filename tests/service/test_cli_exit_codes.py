"""Exit codes and the one line of every error, in real processes."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from service.log.contract import Draft, Log
from service.log.embedded import EmbeddedLog
from tests.service.command import plastream

pytestmark = pytest.mark.slow
PATIENCE_S = 180.0


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A loopback port that is taken, and where nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])


def ended(process: subprocess.Popen[bytes]) -> tuple[int, str, list[str]]:
    """Exit code, stdout, and the lines on stderr."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert b"Traceback" not in err
    return process.returncode, (out or b"").decode(), err.decode().strip().splitlines()


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from service.cli.main import execute; execute(['--help']);"
        "sys.exit(len({'ray', 'torch', 'numba', 'numpy', 'pydantic', 'kafka'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nonsense"], 2, "nonsense"),
        (["run", "--set", "core.neuron=3"], 2, "core.neurons"),
        (["run", "-c", "nowhere.yaml"], 2, "nowhere.yaml"),
        (["topic", "list"], 2, "no embedded log"),
    ],
)
def test_wrong_use(tmp_path: Path, arguments: list[str], code: int, told: str) -> None:
    returned, out, lines = ended(plastream(*arguments, folder=tmp_path))
    assert (returned, out, len(lines)) == (code, "", 1)
    assert told in lines[0]


def test_a_broker_that_is_not_there(dead_port: int) -> None:
    code, _, lines = ended(plastream("run", "--topic", "plant", "--broker", f"127.0.0.1:{dead_port}"))
    assert (code, len(lines)) == (3, 1)
    assert str(dead_port) in lines[0]


def test_doctor_finds_a_broker_that_is_not_there(dead_port: int) -> None:
    code, out, lines = ended(plastream("doctor", "--broker", f"127.0.0.1:{dead_port}", "-o", "json"))
    assert (code, len(lines)) == (3, 1)
    assert orjson.loads(out)[-1]["health"] == "unreachable"


@pytest.mark.parametrize("form", ["yaml", "table"])
def test_a_full_disk(form: str) -> None:
    with Path("/dev/full").open("wb") as full:
        code, _, lines = ended(plastream("doctor", "-o", form, stdout=full))
    assert (code, len(lines)) == (1, 1)
    assert "make space" in lines[0]


def test_a_reader_that_leaves_early(tmp_path: Path) -> None:
    with EmbeddedLog(tmp_path) as log:
        log.create_topic("plant", 1)
        log.append("plant", [Draft(b"x" * 1000)] * 2000)
    process = plastream("topic", "tail", "plant", "-n", "2000", "--data-dir", str(tmp_path))
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    assert ended(process) == (1, "", [])


def test_ctrl_c_ends_a_tail(tmp_path: Path) -> None:
    with EmbeddedLog(tmp_path) as log:
        log.create_topic("plant", 1)
        log.append("plant", [Draft(b"first")])
        process = plastream("topic", "tail", "plant", "--follow", "--data-dir", str(tmp_path))
        assert process.stdout is not None
        assert b"first" in process.stdout.readline()
        log.append("plant", [Draft(b"second")])
        assert b"second" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert ended(process) == (130, "", [])


def pump(tick: int) -> bytes:
    return orjson.dumps({"id": "pump", "time": 1_700_000_000 + tick, "flow": tick % 7, "state": "on"})


def until_answered(log: Log, topic: str, wanted: int, process: subprocess.Popen[bytes]) -> None:
    """Poll until so many records are committed, or the process has ended."""
    deadline_s = time.monotonic() + PATIENCE_S
    while count(log, topic) < wanted and process.poll() is None:
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def count(log: Log, topic: str) -> int:
    spans = log.spans(topic) if topic in log.topics() else {}
    return sum(span.end - span.first for span in spans.values())


def offsets(log: Log) -> list[int]:
    return sorted(
        orjson.loads(record.value or b"{}")["source"]["offset"]
        for partition, span in log.spans("plant.percepts").items()
        for record in log.read("plant.percepts", partition, span.first, 1000)
    )


def test_run_stops_in_order_and_goes_on_where_it_was(tmp_path: Path) -> None:
    options = (
        "--topic",
        "plant",
        "--data-dir",
        str(tmp_path),
        "--set",
        "core.neurons=16",
        "--set",
        "workers.standby=0",
    )
    with EmbeddedLog(tmp_path) as log:
        log.create_topic("plant", 1)
        for number, code, expected in ((signal.SIGINT, 130, 60), (signal.SIGTERM, 0, 100)):
            before = count(log, "plant")
            log.append("plant", [Draft(pump(tick), key=b"pump") for tick in range(before, expected)])
            process = plastream("run", *options)
            until_answered(log, "plant.percepts", expected, process)
            process.send_signal(number)
            returned, out, lines = ended(process)
            assert (returned, out) == (code, "")
            assert any("serving plant" in line for line in lines)
            assert offsets(log) == list(range(expected))
        assert log.committed("plastream", "plant") == {0: 100}


def test_ctrl_c_while_waiting_for_the_first_message(tmp_path: Path) -> None:
    process = plastream("run", "--topic", "plant", "--data-dir", str(tmp_path))
    assert process.stderr is not None
    assert b"waiting for the first message" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    code, _, lines = ended(process)
    assert (code, len(lines)) == (130, 1)
    assert "interrupted" in lines[0]


def recording(folder: Path, ticks: int) -> Path:
    path = folder / "host.ndjson"
    rows = ({"host": "box", "time": 1.7e9 + tick, "load": (tick % 10) * 1.5, "state": "idle"} for tick in range(ticks))
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def test_demo_plays_a_recording_and_says_how_well_it_went(tmp_path: Path) -> None:
    path = recording(tmp_path, 450)
    settings = ("--set", "core.neurons=16", "--data-dir", "data", "--plot", "run.png")
    process = plastream("demo", "--recording", str(path), "--output", "json", *settings, folder=tmp_path)
    code, out, lines = ended(process)
    assert code == 0
    summary = orjson.loads(out)
    assert (summary["events"], summary["rejected"]) == (450, 0)
    assert [score["sensor"] for score in summary["sensors"]] == ["load"]
    # nine steps of 1.5 and one of -13.5 in ten: mean square 20.25; variance of 0, 1.5 ... 13.5: 18.5625
    assert summary["sensors"][0]["last_value"] == pytest.approx(20.25 / 18.5625, rel=0.02)
    assert summary["verdict"].startswith("one-step error")
    assert (tmp_path / "run.png").read_bytes()[:4] == b"\x89PNG"
    assert any(line == "plot: run.png" for line in lines)


def test_ctrl_c_in_the_demo_still_gives_the_summary(tmp_path: Path) -> None:
    path = recording(tmp_path, 450)
    settings = ("--set", "core.neurons=16", "--data-dir", str(tmp_path / "data"), "--plot", str(tmp_path / "run.png"))
    process = plastream("demo", "--recording", str(path), "--speed", "0.01", "--output", "json", *settings)
    with EmbeddedLog(tmp_path / "data") as log:
        until_answered(log, "host.sensors.percepts", 100, process)
    process.send_signal(signal.SIGINT)
    code, out, _ = ended(process)
    assert code == 130
    assert orjson.loads(out)["events"] >= 100

"""Start one Apache Kafka broker on this machine, for tests and laptops.

    python deploy/kafka/broker.py --port 9092 --data kafka-data

The jars are resolved by Maven from pom.xml once, into libs/ beside this file. Needs Java 17 or newer and Maven.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, Self

HERE = Path(__file__).resolve().parent
LIBS = HERE / "libs"
READY_S = 60.0
JAVA = "Java 17 or newer (for example: apt install openjdk-17-jre-headless)"
STOP_S = 20.0

_GUARD = """
import os, signal, sys
if not sys.stdin.read():
    os.kill(int(sys.argv[1]), signal.SIGKILL)
"""
"""A starter that is itself killed says nothing more to its guard, which then ends the broker."""


class BrokerError(Exception):
    """The broker could not be started; the message says what to do."""


def jars() -> Path:
    """The folder of the broker's jars, filled by Maven when it is not there yet."""
    if not any(LIBS.glob("kafka_2.13-*.jar")):
        maven = _tool("mvn", "Maven (for example: apt install maven)")
        command = [maven, "-B", "-q", "dependency:copy-dependencies", "-DincludeScope=runtime"]
        with tempfile.TemporaryDirectory(dir=HERE, prefix=".libs-") as folder:
            done = subprocess.run(  # noqa: S603 - a fixed command
                [*command, f"-DoutputDirectory={folder}"], cwd=HERE, capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise BrokerError(f"Maven could not fetch the broker's jars: {(done.stdout or done.stderr).strip()}")
            LIBS.mkdir(exist_ok=True)
            for jar in sorted(Path(folder).glob("*.jar"), key=lambda jar: jar.name.startswith("kafka_2.13-")):
                jar.replace(LIBS / jar.name)  # the jar that is looked for comes last: a cut-off run is seen
    return LIBS


def _tool(name: str, what: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise BrokerError(f"{name} is not installed: install {what}; Kafka needs it")
    return found


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Broker:
    """One broker with its data in a folder; it can be killed and started again on the same port and data."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """folder: for data, settings and broker.log; what lies there from an earlier run is used again."""
        self._folder = folder
        self._port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    @property
    def address(self) -> str:
        """host:port for clients."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start, and return when clients are answered. Raises BrokerError."""
        java = _tool("java", JAVA)
        classpath = f"{jars()}/*"
        settings = self._settings(java, classpath)
        self._output = (self._folder / "broker.log").open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - a fixed command
            [
                java,
                *("-Xmx512m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
                *("-cp", classpath, "kafka.Kafka", str(settings)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal reaches the starter only, which stops the broker in order
        )
        self._guard = subprocess.Popen(  # noqa: S603 - a fixed command
            [sys.executable, "-c", _GUARD, str(self._process.pid)], stdin=subprocess.PIPE, start_new_session=True
        )
        try:
            self._wait_ready()
        except BaseException:
            self.kill()
            raise

    def _settings(self, java: str, classpath: str) -> Path:
        """Write server.properties, and format the data folder if it is new."""
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        settings = self._folder / "server.properties"
        template = (HERE / "server.properties.template").read_text()
        for name, value in (("port", self._port), ("controller_port", free_port()), ("data", data)):
            template = template.replace(f"{{{name}}}", str(value))
        settings.write_text(template)
        if not (data / "meta.properties").exists():
            cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
            # one word, for an id may begin with "-" and would be taken for an option
            format_it = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(settings)]
            logging = f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}"
            done = subprocess.run(  # noqa: S603 - a fixed command
                [java, logging, "-cp", classpath, *format_it], capture_output=True, text=True, check=False
            )
            if done.returncode != 0:
                raise BrokerError(f"Kafka could not format {data}: {(done.stderr or done.stdout).strip()}")
        return settings

    def _wait_ready(self) -> None:
        from kafka import KafkaAdminClient
        from kafka.errors import KafkaError

        process = self._process
        assert process is not None  # noqa: S101 - set by start
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise BrokerError(f"the broker ended at once; its log says:\n{self._tail()}")
            if not _listening(self._port):
                time.sleep(0.05)
                continue
            try:
                KafkaAdminClient(
                    bootstrap_servers=self.address, bootstrap_timeout_ms=1000, reconnect_backoff_max_ms=100
                ).close()
            except KafkaError:
                continue
            return
        raise BrokerError(f"the broker was not ready after {READY_S:.0f} s; its log says:\n{self._tail()}")

    def _tail(self) -> str:
        return "\n".join((self._folder / "broker.log").read_text(errors="replace").splitlines()[-15:])

    def kill(self) -> None:
        """SIGKILL, as a power cut for the process; start() brings it back with its data."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Kill and start again on the same port and data."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for one that does not end within 20 s."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        guard, self._guard = self._guard, None
        if guard is not None:
            guard.communicate(b"ended")
        if self._output is not None:
            self._output.close()
            self._output = None

    def wait(self) -> int:
        """Wait until the broker ends by itself; its exit status."""
        return 0 if self._process is None else self._process.wait()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop."""
        self.stop()


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _resolve() -> int:
    """Java is asked for too: whoever fetches the jars wants to run them."""
    try:
        _tool("java", JAVA)
        jars()
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """The command line: run in the foreground until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Run one Kafka broker on this machine until Ctrl-C.")
    parser.add_argument("--port", type=int, default=9092)
    parser.add_argument("--data", type=Path, help="folder to keep the data in; a temporary one by default")
    parser.add_argument("--resolve", action="store_true", help="only fetch Kafka's jars, if they are not here yet")
    options = parser.parse_args()
    if options.resolve:
        return _resolve()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    temporary = None if options.data else tempfile.mkdtemp(prefix="kafka-")
    folder = Path(temporary or options.data)
    try:
        with Broker(folder.resolve(), options.port) as broker:
            print(f"Kafka answers at {broker.address}; Ctrl-C stops it", file=sys.stderr)
            return broker.wait()
    except BrokerError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())

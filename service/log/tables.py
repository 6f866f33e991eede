"""The embedded log's file: its tables, how it is opened, and what SQLite's errors mean to us.

Any SQLite tool can read it: `SELECT * FROM records WHERE topic = 'plant.percepts' AND partition = 0`.
"""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import orjson

from service.log.contract import Headers, LogError, LogFull, LogUnreachable

FILE = "log.sqlite"
VERSION = 1
BUSY_TIMEOUT_S = 60.0
PAGE_BYTES = 8192

Synchronous = Literal["full", "normal"]

_SCHEMA = """
CREATE TABLE topics (
    topic TEXT PRIMARY KEY,
    partitions INTEGER NOT NULL,
    age_s REAL,              -- retention; null keeps everything
    size_bytes INTEGER
) WITHOUT ROWID;
CREATE TABLE partitions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    first INTEGER NOT NULL,  -- readable offsets: first <= offset < "end"
    "end" INTEGER NOT NULL,
    bytes INTEGER NOT NULL,  -- of the keys, values and headers kept
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
CREATE TABLE records (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    key BLOB,
    value BLOB,
    headers TEXT,            -- JSON [[name, text or {"base64": text}], ...]; null for none
    PRIMARY KEY (topic, partition, "offset")
) WITHOUT ROWID;
CREATE TABLE positions (
    "group" TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    PRIMARY KEY ("group", topic, partition)
) WITHOUT ROWID;
CREATE TABLE writers (
    "group" TEXT NOT NULL,
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    epoch INTEGER NOT NULL,  -- of the newest writer: every older one is fenced
    PRIMARY KEY ("group", topic, partition)
) WITHOUT ROWID;
"""


def connect(directory: Path, synchronous: Synchronous, limit_bytes: int | None) -> sqlite3.Connection:
    """Open the log in `directory`, making it when it is new; outside a transaction nothing is buffered.

    Raises LogUnreachable when it cannot be opened or was written by a newer plastream.
    """
    with translated(directory):
        directory.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            directory / FILE, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, directory, synchronous, limit_bytes)
        except BaseException:
            connection.close()
            raise
    return connection


def _prepare(
    connection: sqlite3.Connection, directory: Path, synchronous: Synchronous, limit_bytes: int | None
) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # both count only before the file's first table
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA cache_size = -16384")
    version = _version(connection)
    if version == 0:
        with writing(connection):
            version = _version(connection)  # another process may have been quicker
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {VERSION}")
                version = VERSION
    if version > VERSION:
        raise LogUnreachable(
            f"the log in {directory} has format {version}, this plastream reads up to {VERSION}: upgrade plastream"
        )
    if limit_bytes is not None:
        connection.execute(f"PRAGMA max_page_count = {max(1, limit_bytes // PAGE_BYTES)}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


@contextmanager
def writing(connection: sqlite3.Connection) -> Generator[None]:
    """One write transaction: committed at the end, rolled back on any error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextmanager
def translated(directory: Path) -> Generator[None]:
    """Turn SQLite's and the file system's errors into the contract's."""
    try:
        yield
    except sqlite3.Error as error:
        raise meaning(error, directory) from error
    except OSError as error:
        raise LogUnreachable(f"cannot open the log in {directory}: {error.strerror or error}") from error


def meaning(error: sqlite3.Error, directory: Path) -> LogError:
    """The contract's error for one of SQLite's, with what to do."""
    code: Any = getattr(error, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    match primary:
        case sqlite3.SQLITE_FULL:
            return LogFull(f"no room left for the log in {directory}: free disk space, raise its limit, or keep less")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return LogUnreachable(
                f"another process has held the log in {directory} for {BUSY_TIMEOUT_S:.0f} s: end it, or wait"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return LogUnreachable(f"the log in {directory} is read-only: allow writing, or use another folder")
        case sqlite3.SQLITE_CANTOPEN:
            return LogUnreachable(f"cannot open the log in {directory}: check that the folder exists and is writable")
        case sqlite3.SQLITE_NOTADB:
            return LogUnreachable(f"{directory / FILE} is no log of ours: move it away, or use another folder")
        case sqlite3.SQLITE_CORRUPT:
            return LogError(f"the log in {directory} is damaged ({error}): restore it from a copy, or use a new folder")
        case sqlite3.SQLITE_IOERR:
            return LogUnreachable(f"the disk under the log in {directory} fails ({error}): check disk and quota")
        case _:
            return LogError(f"the log in {directory} failed: {error}")


def headers_text(headers: Headers) -> str | None:
    """Headers as JSON: values that are UTF-8 as text, others as {"base64": ...}; None for none."""
    if not headers:
        return None
    return orjson.dumps([(name, _legible(value)) for name, value in headers]).decode()


def _legible(value: bytes) -> str | dict[str, str]:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def headers_of(text: str | None) -> Headers:
    """The inverse of headers_text."""
    if text is None:
        return ()
    pairs: list[tuple[str, Any]] = orjson.loads(text)
    return tuple(
        (name, value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])) for name, value in pairs
    )

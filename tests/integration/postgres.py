"""A PostgreSQL of its own for a test."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.stack import postgres


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(user: str, password: str, database: str) -> Iterator[str]:
    """Start a PostgreSQL with this user, password and database; give its host and port. It is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="junheng-postgres-", dir="/tmp"))
    postgres.create(folder, user, password)
    port = free_port()
    process = postgres.start(folder, port)
    try:
        postgres.create_database(port, user, password, database)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

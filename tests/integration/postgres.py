"""A PostgreSQL of its own for a test."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.stack import postgres

_ON_A_DISK = """
    mv data made && mkdir data && mount -t tmpfs -o size="$1"m tmpfs data && cp -a made/. data/ && chown --reference=made data &&
    chmod 700 data && mv data/pg_wal wal && ln -s "$PWD/wal" data/pg_wal && shift && exec "$@"
"""


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(user: str, password: str, database: str, disk_mb: int | None = None) -> Iterator[str]:
    """Start a PostgreSQL with this user, password and database; give its host and port. It is gone afterwards.

    ``disk_mb``: its tables lie on a disk of this size that is gone with the process; its log of changes does not.
    """
    folder = Path(tempfile.mkdtemp(prefix="junheng-postgres-", dir="/tmp"))
    postgres.create(folder, user, password)
    port = free_port()
    within = [
        "unshare",
        "--mount",
        *([] if os.getuid() == 0 else ["--map-root-user"]),
        "sh",
        "-c",
        _ON_A_DISK,
        "sh",
        str(disk_mb),
    ]
    process = postgres.start(folder, port, within=within if disk_mb is not None else ())
    try:
        postgres.create_database(port, user, password, database)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

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
_LOG_ON_A_DISK = """
    mkdir log && mount -t tmpfs -o size="$1"m tmpfs log && cp -a data/pg_wal/. log/ && chown -R --reference=data log &&
    chmod 700 log && rm -r data/pg_wal && ln -s "$PWD/log" data/pg_wal && shift
    child="" && trap 'kill -INT "$child"; wait "$child"; exit' TERM
    while true; do "$@" & child=$!; wait "$child"; mount -o remount,size=1g log; done
"""
"""A server that its log of changes has ended is started again, as a service is, after somebody has made room."""


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(user: str, password: str, database: str, disk_mb: int | None = None, log_mb: int | None = None) -> Iterator[str]:
    """Start a PostgreSQL with this user, password and database; give its host and port. It is gone afterwards.

    ``disk_mb``: its tables lie on a disk of this size that is gone with the process; its log of changes does not. ``log_mb``: its
    log alone does, until that has ended the server; it is started again on a larger one.
    """
    folder = Path(tempfile.mkdtemp(prefix="junheng-postgres-", dir="/tmp"))
    postgres.create(folder, user, password)
    port = free_port()
    root = [] if os.getuid() == 0 else ["--map-root-user"]
    script, size = (_ON_A_DISK, disk_mb) if disk_mb is not None else (_LOG_ON_A_DISK, log_mb)
    within = ["unshare", "--mount", *root, "sh", "-c", script, "sh", str(size)]
    process = postgres.start(folder, port, within=within if size is not None else ())
    try:
        postgres.create_database(port, user, password, database)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

"""A PostgreSQL of its own for a test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _as_postgres() -> list[str]:
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(user: str, password: str, database: str) -> Iterator[str]:
    """Start a PostgreSQL with this user, password and database; give its host and port. It is gone afterwards."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert binaries, "PostgreSQL is missing: tests/system_packages.sh installs it"
    folder = Path(tempfile.mkdtemp(prefix="junheng-postgres-", dir="/tmp"))
    (folder / "password").write_text(password)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(folder / "password", "postgres")
    port = free_port()
    initdb = [str(binaries[-1] / "initdb"), "-D", str(folder / "data"), "-U", user, "--auth=scram-sha-256", "--encoding=UTF8"]
    initdb += ["--locale=C", f"--pwfile={folder / 'password'}"]
    subprocess.run([*_as_postgres(), *initdb], check=True, capture_output=True, cwd=folder)
    process = subprocess.Popen(
        [*_as_postgres(), str(binaries[-1] / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        ready = [str(binaries[-1] / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
        while subprocess.run(ready, capture_output=True).returncode != 0:
            assert process.poll() is None
            time.sleep(0.2)
        subprocess.run(
            [str(binaries[-1] / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", user, database],
            check=True,
            env={**os.environ, "PGPASSWORD": password},
        )
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)

"""A PostgreSQL of its own, from the system's packages and below one folder: the system's own service is not touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

_SECONDS = 60


def binaries() -> Path:
    """Folder of the newest one that is installed. Raises RuntimeError without any."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    if not installed:
        raise RuntimeError("PostgreSQL is missing: tests/system_packages.sh installs it")
    return installed[-1]


def _as_server() -> list[str]:
    """PostgreSQL refuses to be root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


def create(folder: Path, user: str, password: str) -> None:
    """A new cluster below ``folder``, whose owner is ``user``. Raises RuntimeError where its account cannot get there."""
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "password"
    secret.touch(0o600)
    secret.write_text(password)
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
        shutil.chown(secret, "postgres")
    if subprocess.run([*_as_server(), "test", "-x", str(folder)], check=False).returncode:
        raise RuntimeError(
            f"account postgres cannot pass the folders above {folder}: name another one (make stack STACK=/srv/stack)"
        )
    words = [str(binaries() / "initdb"), "-D", str(folder / "data"), "-U", user, "--auth=scram-sha-256", "--encoding=UTF8"]
    subprocess.run([*_as_server(), *words, "--locale=C", f"--pwfile={secret}"], check=True, capture_output=True, cwd=folder)
    secret.unlink()


def start(folder: Path, port: int, log: int = subprocess.DEVNULL, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Start the cluster of ``folder`` on the loop of this machine, by a command that takes the server's own as its last words.

    Raises RuntimeError where it does not come up.
    """
    words = [str(binaries() / "postgres"), "-D", str(folder / "data"), "-p", str(port), "-k", str(folder)]
    process = subprocess.Popen([*within, *_as_server(), *words], stdout=log, stderr=log, cwd=folder, start_new_session=True)
    ready = [str(binaries() / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
    until = time.monotonic() + _SECONDS
    while subprocess.run(ready, capture_output=True).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"PostgreSQL below {folder} does not start")
        time.sleep(0.2)
    return process


def create_database(port: int, user: str, password: str, database: str) -> None:
    """A database in a running cluster."""
    words = [str(binaries() / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", user, database]
    subprocess.run(words, check=True, env={**os.environ, "PGPASSWORD": password})

"""``python -m devtools.spark_cluster``: a standalone Spark of this machine alone, from the environment of Spark (docs/scale.md).

Master and workers are processes of pyspark's own Java classes, listen on the loopback address, keep everything below one folder
and end with whoever started them.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from junheng.core.owner import end_with
from junheng.core.settings import Settings, spark_python

HERE = "127.0.0.1"
_PATIENCE = 180.0
_ADDRESS = re.compile(r"Starting Spark master at (spark://\S+)")
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dspark.master.rest.enabled=false"


@dataclass(frozen=True)
class Cluster:
    """A running cluster: ``master`` its address, ``processes`` the master's first, then a worker each."""

    master: str
    processes: tuple[subprocess.Popen[bytes], ...]

    @property
    def environment(self) -> dict[str, str]:
        """What a build is told that is to run on it."""
        return {Settings.spark_master.name: self.master, "SPARK_LOCAL_IP": HERE}

    def kill(self, worker: int) -> None:
        """Kill a worker (from 1 on) and its executors, as a machine that loses its power."""
        _kill(self.processes[worker])


@contextmanager
def cluster(
    folder: Path, workers: int = 2, cores: int = 1, memory_mib: int = 1024, environment: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """A master and workers with so many cores and so much memory each; ``environment``: further variables of their processes.

    Raises ``RuntimeError`` with what a process said that ended, ``TimeoutError`` when they do not find each other.
    """
    folder.mkdir(parents=True, exist_ok=True)
    local = ("--host", HERE, "--port", "0", "--webui-port", "0")
    with ExitStack() as stack:
        start = partial(_start, stack, folder, environment or {})
        processes = [start("master", "master.Master", *local)]
        (master,) = _said(processes[0], folder / "master.log", _ADDRESS, 1)
        given = ("--cores", str(cores), "--memory", f"{memory_mib}m")
        for number in range(1, workers + 1):
            processes.append(start(f"worker{number}", "worker.Worker", *local, *given, master))
        _said(processes[0], folder / "master.log", re.compile("(Registering worker) "), workers)
        yield Cluster(master, tuple(processes))


def _start(
    stack: ExitStack, folder: Path, environment: Mapping[str, str], name: str, role: str, *words: str
) -> subprocess.Popen[bytes]:
    home = next(spark_python().parent.parent.glob("lib/python*/site-packages/pyspark"))
    places = {"SPARK_WORKER_DIR": folder / name, "SPARK_LOCAL_DIRS": folder / name / "local", "SPARK_HOME": home}
    limits = {"SPARK_LOCAL_IP": HERE, "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": _JAVA}
    with open(folder / f"{name}.log", "wb") as log:
        process = subprocess.Popen(
            [str(home / "bin" / "spark-class"), f"org.apache.spark.deploy.{role}", *words],
            stdout=log,
            stderr=log,
            env={**os.environ, **environment, **limits, **{key: str(path) for key, path in places.items()}},
            start_new_session=True,
            preexec_fn=partial(end_with, os.getpid()),
        )
    stack.callback(_kill, process)
    return process


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _said(process: subprocess.Popen[bytes], log: Path, pattern: re.Pattern[str], times: int) -> list[str]:
    """What a log says so many times, as soon as it does."""
    end = time.monotonic() + _PATIENCE
    while len(matches := pattern.findall(text := log.read_text(encoding="utf-8", errors="replace"))) < times:
        if process.poll() is not None:
            raise RuntimeError(text)
        if time.monotonic() > end:
            raise TimeoutError(text)
        time.sleep(0.2)
    return matches


def main() -> None:
    """A cluster until it is interrupted; prints what a build is told that is to run on it."""
    parser = argparse.ArgumentParser(prog="devtools.spark_cluster")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cores", type=int, default=1, help="of each worker")
    parser.add_argument("--memory-mib", type=int, default=1024, help="of each worker")
    options = parser.parse_args()
    size = (options.workers, options.cores, options.memory_mib)
    with suppress(KeyboardInterrupt), TemporaryDirectory(prefix="junheng-spark-") as folder, cluster(Path(folder), *size) as one:
        print("\n".join(f"export {name}={value}" for name, value in one.environment.items()), flush=True)
        signal.pause()


if __name__ == "__main__":
    main()

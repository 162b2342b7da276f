"""A stack below one folder: its places and ports, its processes, whether they live, and their end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from devtools.stack import compose, postgres, secret_files
from junheng.core.settings import PROJECT_ROOT

PORTS = ("api", "postgres", "redis", "scheduler_health", "mail", "robot")
_PROFILE = "profile"
_SECONDS = 300
_GRACE = 20.0
_OF_THE_SYSTEM = ("redis", "postgres")
"""Services whose programs come from the system's packages; they end last."""


def profile_of(folder: Path) -> str:
    """The profile with which the stack of a folder was started last."""
    file = folder / _PROFILE
    return file.read_text(encoding="utf-8") if file.exists() else next(iter(compose.PROFILES))


def _free_ports() -> dict[str, int]:
    probes = {name: socket.socket() for name in PORTS}
    for probe in probes.values():
        probe.bind(("127.0.0.1", 0))
    ports = {name: probe.getsockname()[1] for name, probe in probes.items()}
    for probe in probes.values():
        probe.close()
    return ports


class Stack:
    """The services of a profile as processes. Everything they write lies below ``folder``."""

    def __init__(
        self, folder: Path, profile: str = "local", variables: Mapping[str, str] | None = None, dags: Path | None = None
    ) -> None:
        """``variables``: what a file .env beside docker-compose.yml says; JUNHENG_DATA is ``home`` below the folder unless set.

        ``dags``: others than those of the project, for a test.
        """
        self.folder = folder.resolve()
        self.profile = profile
        self.home = Path((variables or {}).get("JUNHENG_DATA") or self.folder / "home")
        self.secrets = self.folder / "secrets"
        self.logs = self.folder / "logs"
        self.dags = dags
        self.services = compose.services(profile, {**(variables or {}), "JUNHENG_DATA": str(self.home)})

    @property
    def ports(self) -> dict[str, int]:
        """Chosen when the stack is made, and kept."""
        file = self.folder / "ports.json"
        if not file.exists():
            file.write_text(json.dumps(_free_ports()), encoding="utf-8")
        return dict(json.loads(file.read_text(encoding="utf-8")))

    @property
    def url(self) -> str:
        """Where the API and its pages are."""
        return f"http://127.0.0.1:{self.ports['api']}"

    def environment(self, name: str) -> dict[str, str]:
        """Environment of a service: the container's, with its places replaced by places here, nothing of this process."""
        places = {
            **({"/opt/junheng/dags": str(self.dags)} if self.dags else {}),
            "/run/secrets": str(self.secrets),
            "/opt/junheng": str(PROJECT_ROOT),
            "/var/lib/airflow": str(self.folder / "airflow"),
            "/data": str(self.home),
            "http://api-server:8080": self.url,
            "0.0.0.0": "127.0.0.1",
        }
        environment = dict(self.services[name].environment)
        for key, value in environment.items():
            for there, here in places.items():
                value = value.replace(there, here)
            environment[key] = value
        return environment | {
            "AIRFLOW__API__PORT": str(self.ports["api"]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["scheduler_health"]),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
            "HOME": str(self.folder / "airflow"),
            "LANG": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
        }

    def make(self) -> None:
        """Folders, secrets and databases that are not there yet; the profile is kept for whoever asks later."""
        for folder in (self.home, self.logs, self.folder / "airflow", self.folder / "pids"):
            folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _PROFILE).write_text(self.profile, encoding="utf-8")
        ports = self.ports
        notify = self.secrets / "notify"
        secret_files.make(
            self.secrets,
            f"127.0.0.1:{ports['postgres']}",
            f"127.0.0.1:{ports['redis']}",
            f"bind 127.0.0.1\nport {ports['redis']}\ndir {self.folder}\n",
        )
        if not notify.read_text(encoding="utf-8").strip():
            notify.write_text(
                f"http://127.0.0.1:{ports['robot']}/robot mailto://127.0.0.1:{ports['mail']}?from=trial@localhost&to=trial@localhost\n"
            )
        if not (self.folder / "postgres" / "data").exists():
            postgres.create(self.folder / "postgres", "airflow", self._secret("postgres_password"))

    def _secret(self, name: str) -> str:
        return (self.secrets / name).read_text(encoding="utf-8").strip()

    def up(self) -> None:
        """Start what does not run. Raises RuntimeError where a service does not come up."""
        self.make()
        if not self.lives("postgres"):
            with open(self.logs / "postgres.log", "ab") as log:
                self._enter("postgres", postgres.start(self.folder / "postgres", self.ports["postgres"], log.fileno()))
            with suppress(subprocess.CalledProcessError):  # it is there
                postgres.create_database(self.ports["postgres"], "airflow", self._secret("postgres_password"), "airflow")
        if "redis" in self.services and not self.lives("redis"):
            self.start("redis")
        init = self.start("init")
        if init.wait(_SECONDS):
            raise RuntimeError(f"init failed: {self.log('init')[-2000:]}")
        for name in (*self.services, "receivers"):
            if name not in ("postgres", "redis", "init") and not self.lives(name):
                self.start(name)

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start one service."""
        ports = self.ports
        if name == "receivers":
            words = [
                sys.executable,
                "-m",
                "devtools.stack.receivers",
                str(self.folder / "received"),
                str(ports["mail"]),
                str(ports["robot"]),
            ]
            environment = {"PATH": os.defpath, "PYTHONPATH": str(PROJECT_ROOT), "LANG": "C.UTF-8"}
        else:
            words = [word.replace("/run/secrets", str(self.secrets)) for word in self.services[name].command]
            environment = self.environment(name)
        with open(self.logs / f"{name}.log", "ab") as log:
            process = subprocess.Popen(
                words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, cwd=self.folder, start_new_session=True
            )
        self._enter(name, process)
        return process

    def _enter(self, name: str, process: subprocess.Popen[bytes]) -> None:
        (self.folder / "pids" / name).write_text(str(process.pid))

    def pid(self, name: str) -> int | None:
        """Process of a service; None where none was started or it has ended."""
        file = self.folder / "pids" / name
        number = int(file.read_text()) if file.exists() else 0
        try:
            state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return None
        return None if state == "Z" else number

    def lives(self, name: str) -> bool:
        """Whether the process of a service runs."""
        return self.pid(name) is not None

    def log(self, name: str) -> str:
        """What a service has printed."""
        path = self.logs / f"{name}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def kill(self, name: str) -> None:
        """SIGKILL for a service and whatever it started in its session."""
        number = self.pid(name)
        if number is not None:
            os.killpg(number, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(number, 0)

    def health(self) -> dict[str, bool]:
        """Service → whether it is well, by the checks of docker-compose.yml's containers, asked one after the other."""
        return {name: self.is_well(name) for name in self.services if name != "init"}

    def is_well(self, name: str) -> bool:
        """Whether a service answers."""
        if not self.lives(name):
            return False
        if name in _OF_THE_SYSTEM:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.ports[name])) == 0
        part = {"api-server": "metadatabase", "dag-processor": "dag_processor", "worker": "worker:default"}.get(name)
        part = part or {"worker-ingest": "worker:ingest", "triggerer": "triggerer"}.get(name, "scheduler")
        words = [sys.executable, "-m", "junheng.scheduler.health", part]
        return subprocess.run(words, env=self.environment(name), capture_output=True, check=False).returncode == 0

    def processes(self) -> list[int]:
        """Processes of Airflow in this stack, whoever started them: by their session, or by the environment.

        Some write their title over the environment, others leave the session.
        """
        sessions = {file.read_text() for file in (self.folder / "pids").glob("*") if file.name not in _OF_THE_SYSTEM}
        mark = f"AIRFLOW_HOME={self.folder / 'airflow'}\0".encode()
        numbers = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # ended meanwhile
                state, _, _, session = (process / "stat").read_text().rpartition(")")[2].split()[:4]
                is_ours = session in sessions or mark in (process / "environ").read_bytes() + b"\0"
                if is_ours and state != "Z" and int(process.name) != os.getpid():
                    numbers.append(int(process.name))
        return numbers

    def stop(self) -> None:
        """End everything, the databases last: asked first, then killed."""
        self._end(self.processes())
        self._end([pid for name in _OF_THE_SYSTEM if (pid := self.pid(name))], signal.SIGINT)

    @staticmethod
    def _end(numbers: list[int], asked: signal.Signals = signal.SIGTERM) -> None:
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, asked)
        until = time.monotonic() + _GRACE
        while numbers and time.monotonic() < until:
            for number in list(numbers):
                with suppress(ChildProcessError):
                    os.waitpid(number, os.WNOHANG)
                if not Path(f"/proc/{number}").exists():
                    numbers.remove(number)
            time.sleep(0.2)
        for number in numbers:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)

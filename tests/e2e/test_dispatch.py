"""The DAG of the meetings in a process of its own: lists are written, the robot is told, and what is not configured is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from junheng.core.home import Home
from junheng.core.settings import PROJECT_ROOT
from tests.unit.publish.issues.test_dispatch import make_release

_RUN = """
import sys
from pathlib import Path
from junheng.core.home import Home
from junheng.scheduler.inprocess import InProcess, Progress, quiet
home = Home(sys.argv[1])
with quiet(home.airflow / "log") as terminal:
    outcome = InProcess(home, Progress()).run("dispatch_issues", {"home": str(home.path), "as_of": "2026-03-09"})
    print(outcome.failures, file=terminal)
sys.exit(not outcome.succeeded)
"""


def test_lists_are_written_and_the_robot_is_told(tmp_path: Path) -> None:
    home = Home(tmp_path / "home").create()
    release = home.releases / "r0001-000000000000"
    release.mkdir()
    make_release(release)
    manifest = {"release_id": release.name, "content_hash": "0", "created_at": "2026-03-01T01:00:00"}
    (release / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    home.current.symlink_to(release)
    got: list[Any] = []

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Robot)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = json.dumps({"conn_type": "http", "password": f"http://127.0.0.1:{server.server_port}/send"})
    environment = os.environ | {"AIRFLOW_CONN_ISSUE_WEBHOOK": connection}
    environment.pop("AIRFLOW_CONN_ISSUE_MAIL", None)
    try:
        ran = subprocess.run(
            [sys.executable, "-c", _RUN, str(home.path)],
            env=environment,
            cwd=PROJECT_ROOT,
            text=True,
            capture_output=True,
            check=False,
        )
    finally:
        server.shutdown()
        server.server_close()
    log = "".join(path.read_text(encoding="utf-8", errors="replace") for path in home.airflow.rglob("*log") if path.is_file())
    assert ran.returncode == 0, ran.stdout + ran.stderr + log[-3000:]
    assert sorted(path.name for path in home.dispatch.iterdir()) == [
        "2026-03-09_990101_每周会商清单.html",
        "2026-03-09_990101_每周会商清单.xlsx",
    ]
    (message,) = got
    assert message["text"]["content"].startswith("示范县每周会商清单（2026-03-09）：逾期未完成 2 件")
    assert "没有配置连接 issue_mail，不发送通知。" in log

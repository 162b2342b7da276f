"""A night of the command line tells a robot once of the file it refuses, and says what came of telling."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.nights import run


@pytest.fixture
def robot() -> Iterator[Any]:
    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self.server.got.append(got["text"]["content"])  # type: ignore[attr-defined]
            body = json.dumps({"errcode": self.server.errcode}).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Robot)
    server.got, server.errcode = [], 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_refused_file_is_told_once(tmp_path: Path, robot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "landing" / "990101" / "2025"
    folder.mkdir(parents=True)
    (folder / "扫描件.pdf").write_bytes(b"%PDF-1.7")
    assert "JUNHENG_NOTIFY" not in os.environ
    address = f"http://127.0.0.1:{robot.server_port}/robot/send?access_token=hidden"
    monkeypatch.setenv("JUNHENG_NOTIFY", f"{address} nothing://hidden")
    robot.errcode = 310000
    first = run(tmp_path / "home", tmp_path / "landing", offline=False)
    assert first.code == 4
    assert "通知没有发到 1（机器人）：310000。" in first.output
    robot.errcode = 0
    second = run(tmp_path / "home", tmp_path / "landing", offline=False)
    assert second.code == 4
    assert "通知已发到 1（机器人）。" in second.output
    assert "通知没有发到 2（?）：地址无法识别。" in second.output
    third = run(tmp_path / "home", tmp_path / "landing", offline=False)
    assert "通知已发到" not in third.output
    assert "通知没有发到" not in third.output
    assert len(robot.got) == 2
    assert "有文件被拒收（2026-03-01）" in robot.got[1]
    assert "・990101/2025/扫描件.pdf" in robot.got[1]
    said = first.output + second.output + "".join(p.read_text(errors="replace") for p in (tmp_path / "home").rglob("*.log"))
    assert "hidden" not in said

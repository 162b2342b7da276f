"""Messages about the issue ledger, received by servers of this process; without a connection none is sent."""

from __future__ import annotations

import json
import logging
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

HEADING, TEXT = "示范县每周会商清单", "逾期未完成 2 件 <见清单>"


@pytest.fixture(autouse=True)
def airflow(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow reads its configuration when it is first imported; connections stand in the environment alone."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    for name in ("AIRFLOW_CONN_ISSUE_MAIL", "AIRFLOW_CONN_ISSUE_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    from airflow.exceptions import AirflowNotFoundException
    from airflow.sdk import BaseHook
    from airflow.sdk.definitions.connection import Connection

    def get_connection(_: Any, conn_id: str) -> Any:
        import os

        if stated := os.environ.get(f"AIRFLOW_CONN_{conn_id.upper()}"):
            return Connection.from_json(stated, conn_id=conn_id)
        raise AirflowNotFoundException(conn_id)

    monkeypatch.setattr(BaseHook, "get_connection", classmethod(get_connection))


@pytest.fixture
def robot() -> Iterator[Any]:
    """A robot of 企业微信 or 钉钉: keeps what it gets and answers with ``errcode``."""

    class Robot(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.server.got.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))  # type: ignore[attr-defined]
            body = json.dumps({"errcode": self.server.errcode, "errmsg": "限流"}).encode()  # type: ignore[attr-defined]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Robot)
    server.got, server.errcode = [], 0
    yield from served(server)


@pytest.fixture
def post_office() -> Iterator[Any]:
    """As much of SMTP as it takes to receive a mail."""

    class Clerk(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline().strip():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    self.server.got.append(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[attr-defined]
                if word == b"RCPT":
                    self.server.to.append(line.decode())  # type: ignore[attr-defined]
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    return

    server: Any = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clerk)
    server.got, server.to, server.daemon_threads = [], [], True
    yield from served(server)


def served(server: Any) -> Iterator[Any]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def connect(monkeypatch: pytest.MonkeyPatch, name: str, **stated: Any) -> None:
    monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(stated))


def test_a_robot_gets_the_text(robot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.notifiers import notify

    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password=f"http://127.0.0.1:{robot.server_port}/send?key=k")
    assert notify({}, HEADING, TEXT) == ["issue_webhook"]
    assert robot.got == [("/send?key=k", {"msgtype": "text", "text": {"content": TEXT}})]


def test_a_robot_that_refuses_is_an_error_without_its_address(robot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.notifiers import notify

    robot.errcode = 45009
    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password=f"http://127.0.0.1:{robot.server_port}/send?key=secret")
    with pytest.raises(RuntimeError, match="45009") as caught:
        notify({}, HEADING, TEXT)
    assert "secret" not in str(caught.value)
    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password="file:///etc/hostname")
    with pytest.raises(RuntimeError, match="must be the address"):
        notify({}, HEADING, TEXT)


def test_mail_brings_the_list(post_office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.notifiers import notify_all

    listed = tmp_path / "清单.xlsx"
    listed.write_bytes(b"PK")
    extra = {"to": ["duban@example.org"], "from_email": "junheng@example.org", "disable_ssl": True, "disable_tls": True}
    connect(monkeypatch, "ISSUE_MAIL", conn_type="smtp", host="127.0.0.1", port=post_office.server_address[1], extra=extra)
    written = [{"heading": HEADING, "message": TEXT, "files": [str(listed)]}]
    assert notify_all({}, written) == ["issue_mail"]
    (mail,) = post_office.got
    assert mail["Subject"] == HEADING
    assert "duban@example.org" in post_office.to[0]
    page, attached = mail.iter_parts()
    assert "&lt;见清单&gt;" in page.get_content()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("清单.xlsx", b"PK")


def test_without_a_connection_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    from junheng.notifiers import notify

    with caplog.at_level(logging.WARNING):
        assert notify({}, HEADING, TEXT) == []
    assert [record.getMessage() for record in caplog.records] == [
        "没有配置连接 issue_mail，不发送通知。",
        "没有配置连接 issue_webhook，不发送通知。",
    ]

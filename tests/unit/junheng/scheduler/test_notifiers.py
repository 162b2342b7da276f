"""Messages about nights and about the issue ledger, received by servers of this process; unless it is set none is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import logging
import socketserver
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from junheng.core.home import Home

HEADING, TEXT = "示范县每周会商清单", "逾期未完成 2 件 <见清单>"


@pytest.fixture(autouse=True)
def airflow(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow reads its configuration when it is first imported; connections stand in the environment alone."""
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    for name in ("AIRFLOW_CONN_ISSUE_MAIL", "AIRFLOW_CONN_ISSUE_WEBHOOK", "AIRFLOW_CONN_JUNHENG_NOTIFY", "JUNHENG_NOTIFY"):
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
            code = "code" if "open-apis" in self.path else "errcode"
            body = json.dumps({code: self.server.errcode, "errmsg": "限流"}).encode()  # type: ignore[attr-defined]
            self.send_response(self.server.status)  # type: ignore[attr-defined]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = HTTPServer(("127.0.0.1", 0), Robot)
    server.got, server.errcode, server.status = [], 0, 200
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
    from junheng.scheduler.notifiers import notify

    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password=f"http://127.0.0.1:{robot.server_port}/send?key=k")
    assert notify({}, HEADING, TEXT) == ["issue_webhook"]
    assert robot.got == [("/send?key=k", {"msgtype": "text", "text": {"content": TEXT}})]


def test_a_robot_that_refuses_is_an_error_without_its_address(robot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.scheduler.notifiers import notify

    robot.errcode = 45009
    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password=f"http://127.0.0.1:{robot.server_port}/send?key=secret")
    with pytest.raises(RuntimeError, match="45009") as caught:
        notify({}, HEADING, TEXT)
    assert "secret" not in str(caught.value)
    connect(monkeypatch, "ISSUE_WEBHOOK", conn_type="http", password="file:///etc/hostname")
    with pytest.raises(RuntimeError, match="must be the address"):
        notify({}, HEADING, TEXT)


def test_mail_brings_the_list(post_office: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.scheduler.notifiers import notify_all

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
    from junheng.scheduler.notifiers import notify

    with caplog.at_level(logging.WARNING):
        assert notify({}, HEADING, TEXT) == []
    assert [record.getMessage() for record in caplog.records] == [
        "没有配置连接 issue_mail，不发送通知。",
        "没有配置连接 junheng_notify，不发送通知。",
        "没有配置连接 issue_webhook，不发送通知。",
    ]


def sent(*stated: Any) -> list[Any]:
    from junheng.scheduler import notifiers

    return notifiers.send(notifiers.targets_of(list(stated)), HEADING, TEXT)


def test_a_robot_of_dingtalk_gets_a_signed_message(robot: Any) -> None:
    address = f"http://127.0.0.1:{robot.server_port}/robot/send?access_token=t"
    assert [each.problem for each in sent({"path": address, "secret": "SEC1"})] == [""]
    ((path, body),) = robot.got
    assert body == {"msgtype": "text", "text": {"content": TEXT}}
    given = parse_qs(urlsplit(path).query)
    assert given["access_token"] == ["t"]
    stamp, sign = given["timestamp"][0], given["sign"][0]
    assert abs(time.time() - int(stamp) / 1000) < 60
    expected = hmac.digest(b"SEC1", f"{stamp}\nSEC1".encode(), hashlib.sha256)
    assert base64.b64decode(sign) == expected


def test_a_robot_of_feishu_gets_its_own_form_signed_or_not(robot: Any) -> None:
    address = f"http://127.0.0.1:{robot.server_port}/open-apis/bot/v2/hook/abc"
    assert [each.problem for each in sent(address, {"path": address, "secret": "SEC1"})] == ["", ""]
    (_, plain), (_, signed) = robot.got
    assert plain == {"msg_type": "text", "content": {"text": TEXT}}
    expected = hmac.digest(f"{signed['timestamp']}\nSEC1".encode(), b"", hashlib.sha256)
    assert base64.b64decode(signed["sign"]) == expected


def test_addresses_of_apprise_for_robots_notice_a_refusal_too(robot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.wecombot import NotifyWeComBot

    here = f"http://127.0.0.1:{robot.server_port}"
    monkeypatch.setattr(NotifyDingTalk, "notify_url", here + "/robot/send?access_token={token}")
    monkeypatch.setattr(NotifyWeComBot, "notify_url", here + "/cgi-bin/webhook/send?key={key}")
    ways = ("wecombot://12345678-abcd", "dingtalk://SEC1@" + "a" * 24)
    assert [each.problem for each in sent(*ways)] == ["", ""]
    assert [path.split("&")[0] for path, _ in robot.got] == [
        "/cgi-bin/webhook/send?key=12345678-abcd",
        f"/robot/send?access_token={'a' * 24}",
    ]
    assert "sign=" in robot.got[1][0]
    robot.errcode = 310000
    assert [each.problem for each in sent(*ways)] == ["310000 限流"] * 2
    robot.status = 503
    assert [each.problem for each in sent(*ways)] == ["HTTP 503"] * 2


def test_mail_and_a_gateway_of_sms_are_reached_through_apprise(
    robot: Any, post_office: Any, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = post_office.server_address
    mail = f"mailto://{host}:{port}?from=junheng@example.org&to=duban@example.org"
    assert [(each.problem, each.service) for each in sent(mail, f"json://127.0.0.1:{robot.server_port}/sms")] == [
        ("", "E-Mail"),
        ("", "JSON"),
    ]
    (received,) = post_office.got
    assert received["Subject"] == HEADING
    assert "逾期未完成 2 件" in received.get_body(("plain", "html")).get_content()
    ((path, body),) = robot.got
    assert path == "/sms"
    assert (body["title"], body["message"]) == (HEADING, TEXT)
    assert "example.org" not in caplog.text


def test_a_target_that_fails_stops_no_other_and_tells_no_address(robot: Any) -> None:
    found = sent("http://127.0.0.1:9/send?key=hidden", "nothing://hidden", f"http://127.0.0.1:{robot.server_port}/send")
    assert [(each.label, each.problem) for each in found] == [
        ("1（机器人）", "ConnectionError"),
        ("2（?）", "地址无法识别"),
        ("3（机器人）", ""),
    ]
    assert len(robot.got) == 1
    assert "hidden" not in str(found)


@pytest.mark.parametrize("stated", ["[", '{"a": 1}', "[1]", '[{"path": 1}]'])
def test_what_cannot_be_read_is_said_and_stops_nothing(stated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.scheduler import notifiers
    from publish.notices import red

    monkeypatch.setenv("JUNHENG_NOTIFY", stated)
    (only,) = notifiers.tell(Home(tmp_path).create(), "2026-03-01", {"red": red(["甲"])})
    assert only.service == "JUNHENG_NOTIFY"
    assert only.problem.startswith("设置无法识别")


def test_a_target_may_take_one_purpose_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.scheduler.notifiers import configured

    monkeypatch.setenv(
        "JUNHENG_NOTIFY", json.dumps(["http://a", {"path": "http://b", "tag": "night"}, {"path": "http://c", "tag": "issues"}])
    )
    connect(monkeypatch, "JUNHENG_NOTIFY", conn_type="apprise", extra={"config": [{"path": "http://d"}]})
    assert [target.path for target in configured("night")] == ["http://a", "http://b", "http://d"]
    assert [target.path for target in configured("issues")] == ["http://a", "http://c", "http://d"]
    monkeypatch.setenv("JUNHENG_IN_PROCESS", "1")
    assert [target.path for target in configured("night")] == ["http://a", "http://b"]
    monkeypatch.setenv("JUNHENG_NOTIFY", "")
    assert configured("night") == []


def _context(home: Home, task: str) -> dict[str, Any]:
    return {
        "params": {"home": str(home.path), "as_of": "2026-03-01"},
        "run_id": "scheduled__2026-03-01",
        "dag_run": SimpleNamespace(run_after=datetime(2026, 3, 1, tzinfo=UTC)),
        "ti": SimpleNamespace(task_id=task),
    }


def test_a_task_of_the_scheduler_that_fails_is_told_once(robot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.core.run import Run
    from junheng.scheduler.notifiers import tell_failure, tell_published

    home = Home(tmp_path).create()
    monkeypatch.setenv("JUNHENG_ROOTS", str(tmp_path))
    connect(
        monkeypatch,
        "JUNHENG_NOTIFY",
        conn_type="apprise",
        extra={"config": {"path": f"http://127.0.0.1:{robot.server_port}/robot/send?access_token=t"}},
    )
    for _ in range(2):
        tell_failure(_context(home, "gate"))
    ((_, body),) = robot.got
    assert "夜间运行失败（2026-03-01）" in body["text"]["content"]
    assert "「gate」一步失败，日志：Airflow scheduled__2026-03-01" in body["text"]["content"]
    run = Run.from_context(_context(home, "audit"))
    run.build.mkdir(parents=True)
    (run.build / "audit.json").write_text(json.dumps({"failures": ["核对不一致 3 处"]}), encoding="utf-8")
    tell_failure(_context(home, "audit"))
    assert "审核未通过" in robot.got[1][1]["text"]["content"]
    assert "・核对不一致 3 处" in robot.got[1][1]["text"]["content"]
    tell_published(run)
    tell_failure(_context(home, "gate"))
    assert len(robot.got) == 3
    monkeypatch.setenv("JUNHENG_IN_PROCESS", "1")
    tell_failure(_context(home, "publish"))
    assert len(robot.got) == 3


def test_a_callback_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.scheduler.notifiers import tell_failure

    monkeypatch.delenv("JUNHENG_HOME", raising=False)
    tell_failure({"params": {}, "run_id": "x", "dag_run": SimpleNamespace(run_after=datetime(2026, 3, 1, tzinfo=UTC))})
    monkeypatch.setenv("JUNHENG_NOTIFY", "http://127.0.0.1:9/send")
    tell_failure(_context(Home(tmp_path).create(), "gate"))


def test_a_night_of_the_command_line_tells_and_says_what_came_of_it(
    robot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from junheng.cli.nightly import _tell
    from junheng.core.messages import Messages
    from junheng.scheduler.inprocess import DagOutcome

    home = Home(tmp_path).create()
    monkeypatch.setenv("JUNHENG_NOTIFY", f"http://127.0.0.1:{robot.server_port}/send http://127.0.0.1:9/send")

    def night(outcome: DagOutcome) -> str:
        said = io.StringIO()
        _tell(home, outcome, "2026-03-01", tmp_path / "nightly.log", Messages(), Console(file=said, width=200))
        return said.getvalue()

    first = night(DagOutcome(False, {"gate": "张三 failed"}))
    assert first.splitlines() == ["通知已发到 1（机器人）。", "通知没有发到 2（机器人）：ConnectionError。"]
    text = robot.got[0][1]["text"]["content"]
    assert f"「规则校验」一步失败，日志：{tmp_path / 'nightly.log'}" in text
    assert "张三" not in text
    assert night(DagOutcome(False, {"gate": "another"})) == ""
    build = home.warehouse / "build-1"
    build.mkdir()
    (build / "audit.json").write_text(json.dumps({"failures": ["核对不一致 3 处"]}), encoding="utf-8")
    night(DagOutcome(False, {"dbt_build": "x", "audit": "y"}))
    assert "・核对不一致 3 处" in robot.got[1][1]["text"]["content"]
    assert night(DagOutcome(True)) == ""
    night(DagOutcome(False, {"gate": "again"}))
    assert len(robot.got) == 3
    monkeypatch.delenv("JUNHENG_NOTIFY")
    assert night(DagOutcome(False, {"publish": "x"})) == ""


def test_a_list_goes_with_the_mail_and_not_to_a_robot(robot: Any, post_office: Any, tmp_path: Path) -> None:
    from junheng.scheduler import notifiers

    listed = tmp_path / "清单.xlsx"
    listed.write_bytes(b"PK")
    host, port = post_office.server_address
    mail = f"mailto://{host}:{port}?from=junheng@example.org&to=duban@example.org"
    targets = notifiers.targets_of([mail, f"http://127.0.0.1:{robot.server_port}/send"])
    assert [each.problem for each in notifiers.send(targets, HEADING, TEXT, [str(listed)])] == ["", ""]
    (received,) = post_office.got
    (attached,) = received.iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("清单.xlsx", b"PK")
    assert robot.got[0][1] == {"msgtype": "text", "text": {"content": TEXT}}

"""Messages that leave the house: mail, robots of 企业微信, 钉钉 and 飞书, gateways of SMS. Nothing is sent unless it is set.

Targets are addresses of apprise, or the whole address of a robot as its page shows it. They stand in the environment
(``JUNHENG_NOTIFY``, docs/runbooks/notifications.md) and, under the scheduler, in the Airflow connection ``junheng_notify`` as
well; the lists for meetings also go to the connections ``issue_mail`` and ``issue_webhook``. All of them are secrets.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import requests

from junheng.core.home import Home
from junheng.core.run import Run, in_process
from junheng.core.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from publish.notices import Causes

CONNECTION, MAIL, WEBHOOK = "junheng_notify", "issue_mail", "issue_webhook"
Purpose = Literal["night", "issues"]
"""What a message is about: a target may take one of them alone (its ``tag``)."""

_SECONDS = 20
_ADDRESSES = ("https://", "http://")
_FEISHU = "/open-apis/bot/"
_log = logging.getLogger(__name__)
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it names addresses


class Robot:
    """A robot of 企业微信, 钉钉 or 飞书 at its whole address, also one on a server of the office.

    The plugins of apprise take every answer with HTTP status 200 for success; robots refuse with 200 and a code.
    """

    service_name = "机器人"
    attachment_support = False

    def __init__(self, address: str, secret: str = "") -> None:
        self._address = address
        self._secret = secret
        self.problem = ""

    def notify(self, body: str, **_: Any) -> bool:
        """Post the text, whose first line is its title. What went wrong stands in ``problem``."""
        is_feishu = _FEISHU in self._address
        payload: dict[str, Any] = {"msg_type": "text", "content": {"text": body}} if is_feishu else _text(body)
        params = {}
        if self._secret and is_feishu:
            payload |= self._signed(str(int(time.time())), is_feishu)
        elif self._secret:
            params = self._signed(str(round(time.time() * 1000)), is_feishu)
        try:
            answer = requests.post(self._address, json=payload, params=params, timeout=_SECONDS)
            reply = answer.json() if answer.content else {}
        except requests.RequestException as error:
            self.problem = type(error).__name__
            return False
        except ValueError:
            reply = {}
        code = reply.get("errcode") or reply.get("code") or 0 if isinstance(reply, dict) else 0
        if answer.status_code != requests.codes.ok:
            self.problem = f"HTTP {answer.status_code}"
        elif code:
            self.problem = f"{code} {reply.get('errmsg') or reply.get('msg') or ''}".strip()
        return not self.problem

    def _signed(self, stamp: str, is_feishu: bool) -> dict[str, str]:
        """The signature of 飞书 is over nothing with text and secret as its key, that of 钉钉 over the text with the secret."""
        text = f"{stamp}\n{self._secret}".encode()
        digest = hmac.digest(text, b"", hashlib.sha256) if is_feishu else hmac.digest(self._secret.encode(), text, hashlib.sha256)
        return {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}


def _text(body: str) -> dict[str, Any]:
    return {"msgtype": "text", "text": {"content": body}}


@dataclass(frozen=True)
class Target:
    """Somewhere to send to, as it is set. ``tag`` limits it to one purpose."""

    path: str
    secret: str = ""
    tag: str = ""


@dataclass(frozen=True)
class Sent:
    """How sending to one target ended."""

    place: int
    service: str
    problem: str = ""

    @property
    def label(self) -> str:
        """Which target it is, without its address."""
        return f"{self.place}（{self.service}）"


class BadTarget(ValueError):
    """What is set cannot be read; the message does not repeat it."""


def targets_of(stated: object) -> list[Target]:
    """Targets from what is set: addresses apart by white space, or a list of addresses and of ``{path, secret, tag}``.

    Raises BadTarget.
    """
    if isinstance(stated, str):
        stated = stated.strip()
        try:
            entries = json.loads(stated) if stated.startswith(("[", "{")) else stated.split()
        except ValueError as error:
            raise BadTarget("JSON") from error
    else:
        entries = stated
    entries = [entries] if isinstance(entries, dict) else entries
    if not isinstance(entries, list):
        raise BadTarget("list")
    return [_target(entry) for entry in entries]


def _target(entry: object) -> Target:
    if isinstance(entry, str):
        return Target(entry)
    if isinstance(entry, dict) and isinstance(entry.get("path"), str):
        return Target(entry["path"], str(entry.get("secret") or ""), str(entry.get("tag") or ""))
    raise BadTarget("path")


def configured(purpose: Purpose) -> list[Target]:
    """Targets for a purpose. Raises BadTarget."""
    targets = targets_of(SETTINGS.notify)
    if not in_process() and (connection := _connection(CONNECTION)):
        targets += targets_of(connection.extra_dejson.get("config", []))
    return [target for target in targets if target.tag in ("", "all", purpose)]


def _service(target: Target) -> Any:
    """What sends to a target; None where nothing knows its address."""
    if target.path.startswith(_ADDRESSES):
        return Robot(target.path, target.secret)
    import apprise  # two hundred services: only for whoever uses one
    from apprise.plugins.dingtalk import NotifyDingTalk
    from apprise.plugins.wecombot import NotifyWeComBot

    service = apprise.Apprise.instantiate(target.path, suppress_exceptions=True)
    if isinstance(service, NotifyWeComBot):
        return Robot(service.api_url)
    if isinstance(service, NotifyDingTalk):
        return Robot(service.notify_url.format(token=service.token), service.secret or target.secret)
    return service


def send(targets: Sequence[Target], heading: str, text: str, files: Sequence[str] = ()) -> list[Sent]:
    """Send a message to every target, whatever becomes of the others. Never raises."""
    return [_sent(place, target, heading, text, files) for place, target in enumerate(targets, 1)]


def _sent(place: int, target: Target, heading: str, text: str, files: Sequence[str]) -> Sent:
    service = None
    try:
        service = _service(target)
        if service is None:
            return Sent(place, "?", "地址无法识别")
        reached = service.notify(body=text, title=heading, **_attached(service, files))
        problem = "" if reached else getattr(service, "problem", "") or "发送失败"
    except Exception as error:  # whatever a service does, the night goes on
        problem = type(error).__name__
    return Sent(place, str(getattr(service, "service_name", "?")), problem)


def _attached(service: Any, files: Sequence[str]) -> dict[str, Any]:
    if not files or not service.attachment_support:
        return {}
    from apprise import AppriseAttachment

    return {"attach": AppriseAttachment(list(files))}


def tell(home: Home, day: str, causes: Causes, deliveries: bool = False) -> list[Sent]:
    """Tell what is new of a night; with ``deliveries`` also refused files and overdue deliveries of the latest one.

    Returns what was sent; what reached nobody waits for the next night. Never raises.
    """
    from publish import notices

    sent: list[Sent] = []

    def post(message: notices.Message) -> bool:
        done = send(targets, message.heading, message.text)
        sent.extend(done)
        return any(not each.problem for each in done)

    try:
        targets = configured("night")
        if deliveries:
            causes = {**causes, "refused": notices.refused(home), "overdue": notices.overdue(home, date.fromisoformat(day))}
        notices.tell(home, causes, day, post)
    except BadTarget as error:
        sent.append(Sent(0, Settings.notify.name, f"设置无法识别（{error}）"))
    except Exception as error:  # the night is over, and it stays what it was
        sent.append(Sent(0, "notices", type(error).__name__))
    return sent


def tell_failure(context: Mapping[str, Any]) -> None:
    """Tell of a task that failed, from its callback. On the command line the night itself does. Never raises."""
    from publish import notices

    if in_process():
        return
    try:
        run = Run.from_context(context)
        task = context["ti"].task_id
        report = run.build / "audit.json"
        findings = json.loads(report.read_text(encoding="utf-8"))["failures"] if task == "audit" and report.is_file() else []
        causes: Causes = (
            {"red": notices.red(findings)} if findings else {"failed": [notices.failed(task, f"Airflow {run.run_id}")]}
        )
        _say(tell(run.home, run.as_of, causes))
    except Exception as error:
        _log.warning("没有发出失败通知：%s", type(error).__name__)


def tell_deliveries(run: Run) -> None:
    """Tell of refused files and overdue deliveries after a night of the scheduler."""
    if not in_process():
        _say(tell(run.home, run.as_of, {}, deliveries=True))


def tell_late(run: Run) -> None:
    """Tell that the night of a run's day is not there yet."""
    from publish import notices

    _say(tell(run.home, run.as_of, {"late": notices.late(run.home, date.fromisoformat(run.as_of))}))


def tell_published(run: Run) -> None:
    """After a release nothing failed and no audit is red any more."""
    if not in_process():
        _say(tell(run.home, run.as_of, {"failed": [], "red": []}))


def _say(sent: Iterable[Sent]) -> None:
    for each in sent:
        if each.problem:
            _log.warning("通知没有发到 %s：%s", each.label, each.problem)
        else:
            _log.warning("通知已发到 %s。", each.label)


def _connection(conn_id: str) -> Any:
    from airflow.exceptions import AirflowNotFoundException
    from airflow.sdk import BaseHook

    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        _log.warning("没有配置连接 %s，不发送通知。", conn_id)
        return None


def notify(context: Any, heading: str, text: str, files: Sequence[str] = ()) -> list[str]:
    """Send the lists of a meeting by every way that is set. Returns what was used. Raises RuntimeError where one refused."""
    used = []
    if mail := _connection(MAIL):
        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        to = mail.extra_dejson.get("to")
        SmtpNotifier(to=to, subject=heading, html_content=f"<p>{escape(text)}</p>", files=list(files), smtp_conn_id=MAIL).notify(
            context
        )
        used.append(MAIL)
    targets = configured("issues")
    if webhook := _connection(WEBHOOK):
        address = webhook.password or ""
        if not address.startswith(_ADDRESSES):
            raise RuntimeError(f"connection {WEBHOOK}: its password must be the address of the robot")
        targets = [Target(address), *targets]
    sent = send(targets, heading, text, files)
    if problems := [f"{each.label}: {each.problem}" for each in sent if each.problem]:
        raise RuntimeError(f"not taken: {'; '.join(problems)}")
    return used + ([WEBHOOK] if webhook else []) + [each.label for each in sent[bool(webhook) :]]


def notify_all(context: Any, written: Sequence[Mapping[str, Any]]) -> list[str]:
    """A message for each meeting: its ``heading``, ``message`` and ``files``. Returns the ways that were used."""
    return [way for each in written for way in notify(context, each["heading"], each["message"], each["files"])]

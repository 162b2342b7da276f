"""Messages about the issue ledger through notifiers of Airflow: mail, and a webhook as 企业微信 and 钉钉 take it.

Where they go is the matter of Airflow's connections: ``issue_mail`` (type smtp; extra ``to``: addresses, ``from_email``) and
``issue_webhook`` (type http; ``password``: the whole address of the robot, which is a secret). Without one of them that way is
not used.
"""

from __future__ import annotations

import json
import logging
import urllib.request
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from airflow.exceptions import AirflowNotFoundException
from airflow.providers.smtp.notifications.smtp import SmtpNotifier
from airflow.sdk import BaseHook, BaseNotifier

MAIL, WEBHOOK = "issue_mail", "issue_webhook"
_SECONDS = 20
_log = logging.getLogger(__name__)


class WebhookNotifier(BaseNotifier):  # type: ignore[misc]
    """Posts a text to a robot of 企业微信 or 钉钉. Raises RuntimeError when the robot does not take it."""

    template_fields = ("text",)

    def __init__(self, text: str, conn_id: str = WEBHOOK, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = text
        self.conn_id = conn_id

    def notify(self, context: Any) -> None:  # noqa: ARG002  # as the base class has it
        """Post the text."""
        body = json.dumps({"msgtype": "text", "text": {"content": self.text}}, ensure_ascii=False).encode()
        address = BaseHook.get_connection(self.conn_id).password or ""
        if not address.startswith(("https://", "http://")):
            raise RuntimeError(f"connection {self.conn_id}: its password must be the address of the robot")
        request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"})
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            said = json.loads(answer.read() or b"{}")
        if said.get("errcode", 0) != 0:
            raise RuntimeError(f"the robot refused the message: {said.get('errcode')} {said.get('errmsg')}")


def _connection(conn_id: str) -> Any:
    try:
        return BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        _log.warning("没有配置连接 %s，不发送通知。", conn_id)
        return None


def notify(context: Any, heading: str, text: str, files: Sequence[str] = ()) -> list[str]:
    """Send a message by every way that is configured. Returns the connections that were used."""
    used = []
    if mail := _connection(MAIL):
        to = mail.extra_dejson.get("to")
        SmtpNotifier(to=to, subject=heading, html_content=f"<p>{escape(text)}</p>", files=list(files), smtp_conn_id=MAIL).notify(
            context
        )
        used.append(MAIL)
    if _connection(WEBHOOK):
        WebhookNotifier(text).notify(context)
        used.append(WEBHOOK)
    return used


def notify_all(context: Any, written: Sequence[Mapping[str, Any]]) -> list[str]:
    """A message for each meeting: its ``heading``, ``message`` and ``files``. Returns the connections that were used."""
    return [way for each in written for way in notify(context, each["heading"], each["message"], each["files"])]

"""A headless Chromium, driven over its debugging pipe: no port, no driver, no package."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

PROGRAM = "chromium"
_MEASURE = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"


@dataclass
class Visit:
    """What happened while a page was opened."""

    url: str
    messages: list[str] = field(default_factory=list)
    """What the console said, errors of loading among it."""
    requests: list[str] = field(default_factory=list)
    """Every address that was asked for."""
    scroll_width: int = 0
    width: int = 0


class Browser:
    """One page of one browser."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which(PROGRAM)
        assert program, "chromium is missing: tests/system_packages.sh installs it"
        read, self._write = os.pipe()
        self._read, write = os.pipe()
        high = [fcntl.fcntl(end, fcntl.F_DUPFD, 50) for end in (read, write)]

        def take() -> None:
            for number, end in zip((3, 4), high, strict=True):
                os.dup2(end, number)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", f"--user-data-dir={folder}"]
        flags += ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars"]
        self._process = subprocess.Popen(
            [program, *flags], preexec_fn=take, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for end in (read, write, *high):
            os.close(end)
        self._number = 0
        self._rest = b""
        self._events: list[dict[str, Any]] = []
        self._session = ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            data = os.read(self._read, 1 << 20)
            assert data, "the browser is gone"
            self._rest += data
        message, self._rest = self._rest.split(b"\0", 1)
        return dict(json.loads(message))

    def send(self, method: str, **params: Any) -> Any:
        """Call a method of the protocol; events that come meanwhile are kept."""
        self._number += 1
        said: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            said["sessionId"] = self._session
        os.write(self._write, json.dumps(said).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._events.append(answer)

    def answers(self, path: str) -> dict[str, Any]:
        """What addresses that hold this text have answered since the page was opened, read as JSON; by address, the last one."""
        self.evaluate("1")  # takes in the events that came meanwhile
        answered = [event["params"] for event in self._events if event["method"] == "Network.responseReceived"]
        ended = {event["params"]["requestId"] for event in self._events if event["method"] == "Network.loadingFinished"}
        asked = {params["response"]["url"]: params["requestId"] for params in answered if path in params["response"]["url"]}
        return {
            url: json.loads(self.send("Network.getResponseBody", requestId=each)["body"])
            for url, each in asked.items()
            if each in ended
        }

    def picture(self, file: Path) -> None:
        """Write what the window shows as PNG."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def evaluate(self, script: str) -> Any:
        """The value of a script in the page; that of a promise once it is there."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, path: Path, width: int) -> Visit:
        """Open a file at a window width and wait until everything of it is loaded."""
        return self.visit(path.as_uri(), width)

    def visit(self, url: str, width: int, height: int = 900) -> Visit:
        """Open an address in a window of this size and wait until everything that its page names is loaded."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self._events.clear()
        visit = Visit(url)
        self.send("Page.navigate", url=visit.url)
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._receive())
        visit.scroll_width, visit.width = self.evaluate(_MEASURE)
        for event in self._events:
            name, params = event["method"], event["params"]
            if name == "Network.requestWillBeSent":
                visit.requests.append(params["request"]["url"])
            elif name == "Network.loadingFailed":
                visit.messages.append(params["errorText"])
            elif name == "Log.entryAdded":
                visit.messages.append(params["entry"]["text"])
            elif name in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
                visit.messages.append(json.dumps(params, ensure_ascii=False))
        return visit

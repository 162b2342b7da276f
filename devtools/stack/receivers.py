"""Receivers for trial: a mail server and a robot that keep what they get as files, and send nothing on.

``python -m devtools.stack.receivers FOLDER MAIL_PORT ROBOT_PORT``
"""

from __future__ import annotations

import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer


def _keep(folder: Path, suffix: str, content: bytes) -> None:
    (folder / f"{time.time_ns()}.{suffix}").write_bytes(content)


def _mailbox(folder: Path) -> type[StreamRequestHandler]:
    class MailboxOfTrial(StreamRequestHandler):
        """As much of SMTP as a client needs."""

        def handle(self) -> None:
            self._say("220 trial")
            while line := self.rfile.readline():
                word = line.strip().upper()
                if word == b"DATA":
                    self._say("354 go on")
                    content = b""
                    while (line := self.rfile.readline()) not in (b".\r\n", b""):
                        content += line
                    _keep(folder, "eml", content)
                self._say("221 bye" if word == b"QUIT" else "250 ok")
                if word == b"QUIT":
                    return

        def _say(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

    return MailboxOfTrial


def _robot(folder: Path) -> type[BaseHTTPRequestHandler]:
    class RobotOfTrial(BaseHTTPRequestHandler):
        """Every message is well received."""

        def do_POST(self) -> None:
            _keep(folder, "json", self.rfile.read(int(self.headers.get("Content-Length", 0))))
            answer = b'{"errcode": 0}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return RobotOfTrial


def main(folder: Path, mail: int, robot: int) -> None:
    """Receive until stopped."""
    folder.mkdir(parents=True, exist_ok=True)
    mailbox = ThreadingTCPServer(("127.0.0.1", mail), _mailbox(folder))
    threading.Thread(target=mailbox.serve_forever, daemon=True).start()
    HTTPServer(("127.0.0.1", robot), _robot(folder)).serve_forever()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))

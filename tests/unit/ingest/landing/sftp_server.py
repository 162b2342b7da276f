"""An SFTP server over a folder, for a test: one account, on the loop of this machine."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paramiko

LOGIN = ("clerk", "for-this-test-only")


class _Account(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, password) == LOGIN else paramiko.AUTH_FAILED

    def check_channel_request(self, *_: Any) -> int:
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def list_folder(self, path: str) -> Any:
        try:
            entries = list(os.scandir(path))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return [paramiko.SFTPAttributes.from_stat(entry.stat(), entry.name) for entry in entries]

    def stat(self, path: str) -> Any:
        try:
            return paramiko.SFTPAttributes.from_stat(Path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path: str, flags: int, *_: Any) -> Any:
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = io.FileIO(path)
        return handle


@contextmanager
def server(home: Path) -> Iterator[int]:
    """Serve this machine's files; give the port. The key of the host is written to ``known_hosts`` of ``home``."""
    key = paramiko.RSAKey.generate(2048)
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    (home / ".ssh").mkdir(parents=True)
    known = paramiko.HostKeys()
    known.add(f"[127.0.0.1]:{port}", key.get_name(), key)
    known.save(str(home / ".ssh" / "known_hosts"))
    transports = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files)
            transport.start_server(server=_Account())
            transports.append(transport)

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    try:
        yield port
    finally:
        # closing alone leaves the thread in accept(), which takes one more connection
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        serving.join()
        for transport in transports:
            transport.close()

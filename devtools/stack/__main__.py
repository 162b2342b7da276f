"""``python -m devtools.stack up|health|logs|stop|secrets|images``: docker-compose.yml without containers, below one folder."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from devtools.stack import compose, secret_files
from devtools.stack.stack import Stack, profile_of
from junheng.core.settings import SETTINGS, Settings

_PATIENCE = 180.0


def _health(stack: Stack) -> int:
    states = stack.health()
    for name, is_well in states.items():
        print(f"{name:22} {'healthy' if is_well else 'NOT healthy'}")
    return 0 if all(states.values()) else 1


def _up(stack: Stack) -> int:
    stack.up()
    until = time.monotonic() + _PATIENCE
    while not all(stack.health().values()) and time.monotonic() < until:
        time.sleep(2)
    print(f"{stack.url} (account admin, password in {stack.secrets / 'admin_password'}), landing: {stack.home / 'landing'}")
    return _health(stack)


def _secrets(folder: Path) -> int:
    secret_files.make(folder)
    print(f"JUNHENG_SECRETS={folder.resolve()}\nCOMPOSE_PROFILES=local\nJUNHENG_DATA=\nJUNHENG_REVIEWERS=")
    for name, tag in compose.IMAGES.items():
        print(f"{name}={tag}")
    return 0


def _images() -> int:
    undigested = compose.undigested(os.environ)
    for name in compose.IMAGES:
        print(f"{name}: {'NO digest set' if name in undigested else 'digest set'}")
    return 1 if undigested else 0


def main() -> int:
    """Run one of them."""
    parser = argparse.ArgumentParser(prog="devtools.stack")
    parser.add_argument("word", choices=("up", "health", "logs", "stop", "secrets", "images"))
    parser.add_argument("--folder", type=Path, default=Path("stack"))
    parser.add_argument("--profile", choices=tuple(compose.PROFILES), help="default: that of the last start")
    arguments = parser.parse_args()
    if arguments.word == "secrets":
        return _secrets(arguments.folder)
    if arguments.word == "images":
        return _images()
    profile = arguments.profile or profile_of(arguments.folder)
    stack = Stack(arguments.folder, profile, {Settings.reviewers.name: ",".join(SETTINGS.reviewers)})
    if arguments.word == "up":
        try:
            return _up(stack)
        except RuntimeError as error:
            print(error)
            return 1
    if arguments.word == "health":
        return _health(stack)
    if arguments.word == "logs":
        for path in sorted(stack.logs.glob("*.log")):
            print(f"==> {path}\n{stack.log(path.stem)[-2000:]}")
        return 0
    stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

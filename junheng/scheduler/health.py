"""Whether a part of the scheduler lives: ``python -m junheng.scheduler.health PART``, for checks of containers; loads no Airflow.

PART is ``metadatabase``, ``scheduler``, ``triggerer``, ``dag_processor`` (as the API server tells of them) or ``worker:NAME``,
asked through the broker. Ends with 1 and a line where it does not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping

_SECONDS = 15
_WORKER = "worker:"


def parts(environment: Mapping[str, str]) -> dict[str, str]:
    """Part → what the API server says of it. Raises OSError where the server does not answer."""
    server = environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"].removesuffix("/execution/")
    with urllib.request.urlopen(f"{server}/api/v2/monitor/health", timeout=_SECONDS) as answer:
        health = json.loads(answer.read())
    return {part: str(state["status"]) for part, state in health.items() if state and state.get("status")}


def workers(environment: Mapping[str, str]) -> set[str]:
    """Names of the Celery workers that answer, without their hosts."""
    from celery import Celery

    words = environment["AIRFLOW__CELERY__BROKER_URL_CMD"].split()
    broker = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    answered = Celery(broker=broker).control.ping(timeout=_SECONDS / 3)
    return {name.split("@")[0] for answer in answered for name in answer}


def main(part: str) -> int:
    """0 where the part lives."""
    try:
        if part.startswith(_WORKER):
            lives = part.removeprefix(_WORKER) in workers(os.environ)
        else:
            lives = parts(os.environ).get(part) == "healthy"
    except Exception as error:  # whatever keeps it from answering
        print(f"{part}: {type(error).__name__}")
        return 1
    print(f"{part}: {'healthy' if lives else 'NOT healthy'}")
    return 0 if lives else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

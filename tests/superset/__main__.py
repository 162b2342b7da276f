"""``python -m tests.superset HOME``: Superset over the release of a home until it is interrupted (``make superset``).

``metadata`` instead of a home makes the tables that each of them begins with.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path

from junheng.core.home import Home
from publish.serve.superset import described_bundle, slug
from tests.superset.instance import make_metadata, running


def main(argument: str) -> int:
    """Print where it is and how one gets in, then wait."""
    if argument == "metadata":
        make_metadata()
        return 0
    with running(Home(Path(argument))) as superset:
        print(f"{superset.address}  release {superset.release_id}")
        print(f"account {superset.account}, password {superset.password} (made for this run)")
        for dashboard in described_bundle().dashboards:
            print(f"{superset.address}/superset/dashboard/{slug(dashboard)}/  {dashboard.title}")
        print("Ctrl+C ends it.", flush=True)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))

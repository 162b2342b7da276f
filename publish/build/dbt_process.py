"""``python -m publish.build.dbt_process OWNER WORDS``: dbt, as the process of another one (``OWNER``, its number).

Airflow runs a shell command in a session of its own, where no signal to the task reaches it: it would outlive a killed night.
"""

from __future__ import annotations

import gc
import sys

from junheng.core.owner import end_with

RARELY = 200_000
"""Objects made between two searches for unreachable ones; Python's 700 goes through all that dbt keeps again and again."""


def main() -> None:
    """Run dbt with the words of the command line; ends with its exit code."""
    end_with(int(sys.argv[1]))
    gc.set_threshold(RARELY)
    from dbt.cli.main import cli

    from publish.build.dbt_events import spare_unheard

    spare_unheard()
    gc.freeze()
    sys.argv = ["dbt", *sys.argv[2:]]
    sys.exit(cli())


if __name__ == "__main__":
    main()

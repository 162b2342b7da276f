"""``python -m bench.dags``: how long each DAG file takes to parse, once Airflow is imported."""

from __future__ import annotations

import os
import tempfile
import time
from statistics import median

from junheng.core.settings import DAGS, OFFLINE_ENV


def main(repeat: int = 5) -> None:
    """Print the median parse time of every DAG file."""
    os.environ.update(OFFLINE_ENV)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["AIRFLOW_HOME"] = folder
        os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
        import airflow.sdk  # noqa: F401 - imported before the clock starts
        from airflow.dag_processing.dagbag import DagBag

        for path in sorted(DAGS.glob("*.py")):
            times = []
            for _ in range(repeat):
                start = time.perf_counter()
                bag = DagBag(dag_folder=str(path))
                times.append(time.perf_counter() - start)
                if bag.import_errors:
                    raise SystemExit("\n".join(bag.import_errors.values()))
            print(f"{path.name:<24}{median(times):>8.2f} s  ({min(times):.2f}–{max(times):.2f}, {repeat} times)")


if __name__ == "__main__":
    main()

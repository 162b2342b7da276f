"""Readers fed with damaged files, led by the code they reach: ``make fuzz SECONDS=60``.

Whatever the bytes are, a reader answers within its bounds: cells or a refusal. Anything else is a find: another error, a crash of
native code, more than so many seconds or megabytes for one file. libFuzzer writes the file that did it beside the corpus and
names it. Atheris lies in a folder of its own (``requirements/fuzz.txt``), and no night needs it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

SECONDS, MEGABYTES, LENGTH = 30, 2048, 1 << 18
"""Bounds of one file: seconds, memory, bytes."""
ROWS = [["学校名称", "小学在校生"], ["示范小学", 300], ["示范二小", "—"]]


def seeds() -> dict[str, bytes]:
    """A small file of every container, to begin with."""
    from tests.unit.ingest import made

    return {
        "csv": b"a,b\n1,2\n",
        "docx": made.word([ROWS]),
        "html": made.page(ROWS).encode(),
        "ods": made.ods(ROWS),
        "xls": made.xls(ROWS),
        "xlsb": made.xlsb(ROWS),
        "xlsx": made.Desk.xlsx({"a": ROWS}),
    }


def read(data: bytes) -> None:
    """Read bytes as a night does. Raises what no file may raise."""
    from ingest.readers import worker
    from ingest.readers.reply import EVERY_SHEET
    from ingest.readers.workbook import looks_like_workbook
    from ingest.shapes.match import match_text
    from ingest.values.faults import Refusal

    try:
        if looks_like_workbook(data):
            worker.answer(None, data, EVERY_SHEET)
        else:
            match_text(data)
    except Refusal:
        pass


def feed(corpus: Path, seconds: int) -> None:
    """Feed for so many seconds; the process ends with the code of libFuzzer."""
    import atheris

    with atheris.instrument_imports(include=["ingest"]):
        for name, data in seeds().items():
            (corpus / f"seed.{name}").write_bytes(data)
            read(data)
    bounds = [f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={LENGTH}", f"-max_total_time={seconds}"]
    atheris.Setup([sys.argv[0], *bounds, f"-artifact_prefix={corpus.parent}/found-", str(corpus)], read)
    atheris.Fuzz()


def is_refused(path: Path) -> bool:
    """Whether a file that takes too much is refused where a night reads it: in a process of its own, within its bounds."""
    from ingest.readers.workbook import open_workbook
    from ingest.values.faults import Refusal

    try:
        book = open_workbook(path.read_bytes())
        for name in book.names:
            book.sheet(name)
    except Refusal:
        return True
    return False


def main(corpus: Path, seconds: int) -> int:
    """Feed until the time is over or something is found; what takes too much memory and is refused for it is no find."""
    corpus.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + seconds
    refused = 0
    while (left := int(until - time.monotonic())) > 0:
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", str(corpus), str(left), "feed"], check=False)
        large = list(corpus.parent.glob("found-oom-*"))
        if done.returncode and not (large and all(map(is_refused, large))):
            return done.returncode
        refused += len(large)
        for path in large:
            path.unlink()
    print(f"nothing found; {refused} files took too much memory and were refused")
    return 0


if __name__ == "__main__":
    place, seconds = Path(sys.argv[1]), int(sys.argv[2])
    sys.exit(feed(place, seconds) if len(sys.argv) > 3 else main(place, seconds))

"""``junheng contract new``: the draft of a contract for a file."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ingest.inspect.draft import Kind, draft, likeliest_source
from ingest.inspect.head import NoHeader
from ingest.values.faults import Refusal
from junheng.cli.inspect import ACCEPTED, REFUSED, USAGE
from junheng.core.messages import Messages
from junheng.core.settings import SOURCES

_ID = re.compile(r"[a-z0-9_]+")


def new(path: Path, source: str | None, contract_id: str | None, kind: Kind | None, say: Messages) -> int:
    """Write the draft of a contract to standard output, without a source for the likeliest one. Returns the exit code."""
    if not path.is_file():
        print(say("inspect_no_file", path=path), file=sys.stderr)
        return USAGE
    try:
        data = path.read_bytes()
        source = source or likeliest_source(data)
        contract_id = contract_id or f"{source}.draft"
        if problem := _wrong_names(source, contract_id, say):
            print(problem, file=sys.stderr)
            return USAGE
        text = draft(data, source, contract_id, say, kind)
    except NoHeader:
        print(say("draft_no_header"), file=sys.stderr)
        return REFUSED
    except Refusal as refusal:
        print(refusal.what + refusal.fix, file=sys.stderr)
        return REFUSED
    except OSError as error:
        print(say("inspect_unreadable", path=path, error=error.strerror), file=sys.stderr)
        return USAGE
    sys.stdout.write(text)
    return ACCEPTED


def _wrong_names(source: str, contract_id: str, say: Messages) -> str | None:
    """What is wrong with the names that were given."""
    known = sorted(entry.stem for entry in SOURCES.glob("*.yml"))
    if source not in known:
        return say("draft_no_source", source=source, known="、".join(known))
    if not contract_id.startswith(f"{source}.") or not _ID.fullmatch(contract_id.removeprefix(f"{source}.")):
        return say("draft_bad_id", id=contract_id, source=source)
    return None

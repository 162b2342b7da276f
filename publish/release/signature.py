"""Who signed or refused a release: our own append-only record, and what the pages of a release show of it.

``ledger/signatures/`` holds one immutable file per decision, chained like ``junheng.core.chain``, whose entry names it. A
decision is bound to a release and the hash of its manifest. ``audit/signature/`` of a release is made from its decisions alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from junheng.core import chain
from junheng.core.home import KEPT_FILE, Home, is_staged, stage, staged_name
from publish.words.texts import texts

APPROVED, REFUSED, VOID = "approved", "refused", "void"
"""``void``: answered after the release had been replaced; it counts for nothing."""
FOLDER = "audit/signature"
"""Below a release: the only files that change after publication."""
NIGHT_OF_NONE = {"number": 0}
_FINDING_TEXTS = ("check_id", "severity", "status", "example")


@dataclass(frozen=True)
class OpenCheck:
    """A check that is not passed in a release: how often, and an example."""

    check_id: str
    severity: str
    status: str
    count: int
    example: str = ""


@dataclass(frozen=True)
class Decision:
    """One entry of the record."""

    decision: str
    release_id: str
    content_hash: str
    manifest_sha256: str
    by: str
    """Account that answered, as the scheduler knows it."""
    at: str
    """ISO time of the answer."""
    note: str
    reviewers: tuple[str, ...]
    """Accounts that were asked."""
    findings: tuple[OpenCheck, ...] = ()
    """Open errors and warnings the reviewers were shown."""
    run_id: str = ""
    number: int = field(default=0, compare=False)
    """Place in the record, from 1."""
    sha256: str = field(default="", compare=False)
    """Of the entry's file."""


def record(home: Home) -> chain.Chain:
    """The record of a home."""
    return chain.Chain(home.ledger / "signatures", _check)


def _decision(entry: chain.Entry) -> Decision:
    return _read(entry.kind, entry.body, entry.number, entry.sha256)


def _read(kind: str, body: chain.Body, number: int = 0, sha256: str = "") -> Decision:
    values = dict(body)
    findings = tuple(OpenCheck(**finding) for finding in values.pop("findings"))
    reviewers = tuple(values.pop("reviewers"))
    return Decision(decision=kind, findings=findings, reviewers=reviewers, number=number, sha256=sha256, **values)


def _check(kind: str, body: chain.Body) -> None:
    """Raise ValueError, KeyError, TypeError or AttributeError where a decision does not say what it has to."""
    values = asdict(_read(kind, body))
    texts_of = [value for name, value in values.items() if name not in ("findings", "reviewers", "number")]
    texts_of += [*values["reviewers"], *(finding[name] for finding in values["findings"] for name in _FINDING_TEXTS)]
    counts = [finding["count"] for finding in values["findings"]]
    if kind not in (APPROVED, REFUSED, VOID) or not all(isinstance(text, str) for text in texts_of):
        raise ValueError(kind)
    if not all(type(count) is int for count in counts) or not chain.is_inside(f"published/{values['release_id']}"):
        raise ValueError(kind)


def decisions(home: Home, release_id: str | None = None) -> list[Decision]:
    """All decisions that can be read, or those about one release, oldest first."""
    readable = (_decision(entry) for entry in record(home).readable())
    return [decision for decision in readable if release_id in (None, decision.release_id)]


def append(home: Home, decision: Decision) -> None:
    """Write a decision to the record."""
    body = asdict(decision)
    for name in ("decision", "number", "sha256"):
        del body[name]
    record(home).append(decision.decision, body)


def record_files(home: Home) -> chain.Files:
    """Hashes of the record's files, as their names have them, by path below the home."""
    return {path.relative_to(home.path).as_posix(): path.stem.split("-")[1] for path in record(home).paths()}


def last_word(made: Sequence[Decision]) -> Decision | None:
    """The decision about a release that stands: the last one that is not void."""
    standing = [decision for decision in made if decision.decision != VOID]
    return standing[-1] if standing else None


def state(home: Home, release_id: str) -> Decision | None:
    """The decision that stands about a release; None: nobody decided, or its manifest is another one by now."""
    decision = last_word(decisions(home, release_id))
    manifest = home.releases / release_id / "manifest.json"
    if decision is None or not manifest.is_file() or chain.sha256_of(manifest) != decision.manifest_sha256:
        return None
    return decision


def signed(home: Home) -> str | None:
    """The last signed release: the newest approval that no later refusal of the same release took back."""
    every = decisions(home)
    for decision in reversed(every):
        if decision.decision == APPROVED and last_word([d for d in every if d.release_id == decision.release_id]) == decision:
            return decision.release_id
    return None


def said(decision: Decision | None) -> str:
    """The state in a few words: 未签发, 已签发 …, 拒绝签发 …."""
    names: dict[str, str] = texts()["signature"]
    if decision is None:
        return names["unsigned"]
    return names[decision.decision].format(by=decision.by, on=decision.at[:10])


def pages(release: Mapping[str, object], manifest_sha256: str, made: Sequence[Decision]) -> dict[str, bytes]:
    """Files of ``audit/signature/`` by name: a style sheet with the stamp, the form to read, and the decisions themselves."""
    standing = last_word(made)
    from publish.words.environment import environment

    names = texts()["signature"]
    lines = {
        "stamp": said(standing),
        "stamp-note": names[f"note_{standing.decision if standing else 'unsigned'}"],
    }
    style = "".join(f"  --{name}: {json.dumps(text, ensure_ascii=False)};\n" for name, text in lines.items())
    colour = "good" if standing and standing.decision == APPROVED else "bad"
    page = environment().get_template("signature.html.j2")
    html = page.render(
        release=release,
        facts=NIGHT_OF_NONE,
        audit="../",
        manifest_sha256=manifest_sha256,
        standing=standing,
        state=said(standing),
        decisions=made,
    )
    data = json.dumps([asdict(decision) for decision in made], ensure_ascii=False, indent=1)
    return {
        "stamp.css": f":root {{\n{style}  --stamp-colour: var(--{colour});\n}}\n".encode(),
        "index.html": html.encode(),
        "signatures.json": data.encode(),
    }


def page_hashes(home: Home, release_id: str, files: dict[str, bytes]) -> chain.Files:
    """Hashes of the pages of a release by path below the home."""
    below = (home.releases / release_id / FOLDER).relative_to(home.path).as_posix()
    return {f"{below}/{name}": hashlib.sha256(data).hexdigest() for name, data in files.items()}


def write_pages(home: Home, folder: Path, files: dict[str, bytes]) -> None:
    """Write the pages of a release folder, read-only."""
    show_pages(home, folder, stage_pages(folder, files))


def stage_pages(folder: Path, files: dict[str, bytes]) -> list[Path]:
    """Write the pages beside those that are shown; once the chain has their hashes, :func:`show_pages` shows them."""
    return [stage(folder / FOLDER / name, data, mode=KEPT_FILE) for name, data in files.items()]


def staged_pages(folder: Path) -> list[Path]:
    """Pages that a killed run left beside those that are shown."""
    return [path for path in (folder / FOLDER).glob(".*") if is_staged(path.name)]


def show_pages(home: Home, folder: Path, staged: Sequence[Path]) -> None:
    """Show pages that were written beside those that are shown."""
    for path in staged:
        shown = folder / FOLDER / staged_name(path)
        path.replace(shown)
        home.share(shown)

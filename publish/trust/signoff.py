"""Ask for a signature of the current release and record the answer. Knows nothing of the scheduler that asks.

Nothing is signed where everybody may answer, without named reviewers (``JUNHENG_REVIEWERS``), or on a home that ``verify``
finds broken. What is answered after the release was replaced is recorded as void.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from ingest.values.persons import masked
from junheng.core import chain
from junheng.core.home import Home
from junheng.core.settings import SETTINGS, Settings
from junheng.core.sql import records
from publish.release import signature, signed_papers
from publish.release.links import show_link, stage_link
from publish.release.release import read_current, read_manifest_of
from publish.release.signature import APPROVED, REFUSED, VOID, Decision, OpenCheck
from publish.release.succession import MANIFEST
from publish.tables.artifacts import MARTS
from publish.trust.verify import verify
from publish.words.texts import texts

_SHOWN = 60
_OPEN = f"""
    select check_id, case when is_past_until then 'error' else coalesce(results.severity, 'error') end as severity, status,
        count(*) as count, coalesce(min(message_zh), min(observed)) as example
    from {MARTS}.aud_check_result as results left join {MARTS}.dim_check using (source, check_id)
    where status not in ('pass', 'no_data')
    group by all order by severity, status, check_id
"""
_TITLES = f"select check_id, min(title_zh) from {MARTS}.dim_check where title_zh is not null group by check_id"
_FILES = f"select file_name from {MARTS}.aud_submission where status = 'refused' order by file_name"
_ROWS = f"select file from {MARTS}.aud_quarantined_row order by file"
_UNDECIDED = f"select distinct county_code from {MARTS}.fct_county_verdict where verdict = 'undecided' order by county_code"


class NotSigned(RuntimeError):
    """Nothing can be signed; the message is Chinese and says what to do."""


@dataclass(frozen=True)
class Request:
    """What reviewers are asked about."""

    release_id: str
    content_hash: str
    manifest_sha256: str
    reviewers: list[str]
    findings: list[OpenCheck]
    subject: str
    body: str
    """Markdown."""

    @classmethod
    def from_dict(cls, asked: Mapping[str, Any]) -> Request:
        """A request as ``asdict`` took it apart for the scheduler."""
        return cls(**{**asked, "findings": [OpenCheck(**finding) for finding in asked["findings"]]})


@dataclass(frozen=True)
class Answer:
    """What a reviewer answered."""

    is_approved: bool
    by: str
    at: str
    note: str = ""


def _say(key: str, **values: object) -> str:
    return str(texts()["signoff"][key]).format(**values)


def reviewers() -> list[str]:
    """Accounts that may sign. Raises NotSigned when none is named."""
    named = list(SETTINGS.reviewers)
    if not named:
        raise NotSigned(_say("no_reviewers", variable=Settings.reviewers.name))
    return named


def open_findings(database: Path) -> list[OpenCheck]:
    """Checks that are not passed, refused files, quarantined rows and undecided counties of a release."""
    with duckdb.connect(str(database), read_only=True) as connection:
        findings = [OpenCheck(**{**row, "example": row["example"] or ""}) for row in records(connection, _OPEN)]
        for key, query in (("refused_files", _FILES), ("quarantined_rows", _ROWS), ("undecided_counties", _UNDECIDED)):
            names = [str(name) for (name,) in connection.execute(query).fetchall()]
            if names:
                findings.append(OpenCheck(_say(key), "warn", "warn", len(names), names[0]))
    return findings


def _titles(database: Path) -> dict[str, str]:
    """Check → what it is called."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return dict(connection.execute(_TITLES).fetchall())


def _shown(check_id: str, title: str | None) -> str:
    """A check by its title, with the way to what it means where pages are served; what is no check of the catalogue as it is."""
    if not title:
        return check_id
    address = SETTINGS.site_url
    return _say("check_link" if address else "check", title=title, check_id=check_id, address=address)


def _refuse_if_unfit(home: Home, *, is_open_to_all: bool) -> None:
    if is_open_to_all:
        raise NotSigned(_say("open_to_all"))
    breaks = verify(home).breaks
    if breaks:
        raise NotSigned(_say("broken", path=breaks[0].path, reason=breaks[0].reason))


def ask(home: Home, *, is_open_to_all: bool) -> Request:
    """What to ask about the current release. Raises NotSigned."""
    named = reviewers()
    _refuse_if_unfit(home, is_open_to_all=is_open_to_all)
    release = read_current(home)
    if release is None:
        raise NotSigned(_say("no_release"))
    if release.release_id not in chain.known(home).releases:
        raise NotSigned(_say("before_chain", release=release.release_id))
    findings = open_findings(release.database)
    titles = _titles(release.database)
    severities, statuses = texts()["severities"], texts()["check_statuses"]
    lines = [
        _say(
            "line",
            check=_shown(finding.check_id, titles.get(finding.check_id)),
            severity=severities.get(finding.severity, finding.severity),
            status=statuses.get(finding.status, finding.status),
            count=finding.count,
            example=finding.example,
        )
        for finding in findings[:_SHOWN]
    ]
    if len(findings) > _SHOWN:
        lines.append(_say("more", count=len(findings) - _SHOWN))
    manifest_sha256 = chain.sha256_of(release.path / MANIFEST)
    facts = {"release": release.release_id, "created": release.created_at, "manifest": manifest_sha256}
    return Request(
        release_id=release.release_id,
        content_hash=release.content_hash,
        manifest_sha256=manifest_sha256,
        reviewers=named,
        findings=findings,
        subject=_say("subject", release=release.release_id),
        body=_say("body", count=len(findings), lines="\n".join(lines) or _say("nothing_open"), **facts),
    )


def _decided(home: Home, request: Request, answer: Answer) -> str:
    """What the answer comes to. Raises NotSigned when it binds nobody."""
    if answer.by not in request.reviewers:
        raise NotSigned(_say("not_asked", by=answer.by))
    current = read_current(home)
    if current is None or current.release_id != request.release_id:
        return VOID
    if chain.sha256_of(current.path / MANIFEST) != request.manifest_sha256:
        raise NotSigned(_say("other_manifest", release=request.release_id))
    return APPROVED if answer.is_approved else REFUSED


def decide(home: Home, request: Request, answer: Answer, run_id: str, *, is_open_to_all: bool) -> Decision:
    """Record an answer, show it in the release and let ``published/signed`` follow. Raises NotSigned.

    The same run records once; repeated, it ends what it had begun.
    """
    earlier = [decision for decision in signature.decisions(home) if decision.run_id == run_id]
    if not earlier:
        _refuse_if_unfit(home, is_open_to_all=is_open_to_all)
        decision = Decision(
            decision=_decided(home, request, answer),
            release_id=request.release_id,
            content_hash=request.content_hash,
            manifest_sha256=request.manifest_sha256,
            by=answer.by,
            at=answer.at,
            note=masked(answer.note.strip()),
            reviewers=tuple(request.reviewers),
            findings=tuple(request.findings),
            run_id=run_id,
        )
        signature.append(home, decision)
    _show(home, request.release_id)
    return [decision for decision in signature.decisions(home) if decision.run_id == run_id][-1]


def catch_up(home: Home) -> None:
    """Show pages that a killed run left beside those that are shown.

    A decision that the chain does not know is left to the run that took it (:func:`decide`): it may be forged.
    """
    known = chain.known(home)
    sealed = set(known.files.values())
    for release_id in known.releases if known.is_whole else ():
        if _staged(home, release_id) and all(decision.sha256 in sealed for decision in signature.decisions(home, release_id)):
            _show(home, release_id)
        for stray in _staged(home, release_id):
            stray.unlink()


def _staged(home: Home, release_id: str) -> list[Path]:
    return [*signature.staged_pages(home.releases / release_id), *signed_papers.staged_copies(home, release_id)]


def _show(home: Home, release_id: str) -> None:
    """Bring the chain, the pages of a release, the signed copies of its papers and the link in line with the record."""
    folder = home.releases / release_id
    known = chain.known(home)
    pages: dict[str, bytes] = {}
    papers: dict[str, bytes] = {}
    if release_id not in known.removed:
        decisions = signature.decisions(home, release_id)
        papers = signed_papers.copies(home, release_id, decisions)
        pages = signature.pages(read_manifest_of(folder), chain.sha256_of(folder / MANIFEST), decisions)
    signed = signature.signed(home)
    files = signature.record_files(home) | signature.page_hashes(home, release_id, pages) | signed_papers.hashes(papers)
    taken_back = signed_papers.gone(home, release_id, known.files, papers)
    copies, staged = signed_papers.stage_copies(home, papers), signature.stage_pages(folder, pages)
    link = stage_link(home, home.signed, signed)
    if files.items() - known.files.items() or known.signed != signed or taken_back:
        body = {"release_id": release_id, "files": files, "signed": signed} | ({"gone": taken_back} if taken_back else {})
        chain.of_home(home).append(chain.SIGNATURE, body)
    signed_papers.show_copies(home, copies, taken_back)
    signature.show_pages(home, folder, staged)
    show_link(home, home.signed, link)

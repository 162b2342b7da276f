"""``manifest.json`` of a release: what it was made of and what it holds."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class PublishedTable(TypedDict):
    """A mart of the release."""

    rows: int
    sha256: str
    grain: list[str]
    volatile: list[str]
    """Columns outside the hash."""
    is_restricted: bool
    required: NotRequired[list[str]]
    """Columns that are never empty; early releases do not say."""


class UsedRuleset(TypedDict):
    """A rule set that figures were computed with, or the base of one."""

    ruleset_id: str
    version: int
    base_ruleset_id: str | None
    settings: dict[str, str]
    sha256: str | None
    """Over all of its rows; null where the seeds have another version by now."""


class UsedSubmission(TypedDict):
    """A submission that figures rest on."""

    submission_id: str
    sha256: str
    source: str | None
    file_name: str


class PreviousRelease(TypedDict):
    """The release before, and the hash of its manifest."""

    release_id: str
    manifest_sha256: str


class UsedNights(TypedDict):
    """Hash of each night by its number."""

    nights: dict[str, str]


class ReleaseManifest(TypedDict):
    """A release. Early ones have no ``code``; ``files`` are the last to be known."""

    release_id: str
    content_hash: str
    created_at: str
    signatures: str
    previous: PreviousRelease | None
    tables: dict[str, PublishedTable]
    versions: dict[str, str]
    code: NotRequired[dict[str, str]]
    rulesets: list[str]
    rules: list[UsedRuleset]
    nights: list[int]
    inputs: UsedNights
    submissions: list[UsedSubmission]
    files: NotRequired[dict[str, str]]
    """Hash of each file by its path."""

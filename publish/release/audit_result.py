"""What an audit came to: its results and the report of all of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from junheng.core.home import write_atomically
from junheng.core.records import CheckStatus
from publish.words.texts import texts

_EXAMPLES = 5


@dataclass(frozen=True)
class AuditResult:
    """One result, as a row of ``aud_check_result``."""

    engine: str
    check_id: str
    title: str
    """What it asks, in Chinese."""
    status: CheckStatus
    observed: str
    expected: str
    severity: str = "error"
    rows_checked: int | None = None
    rows_failed: int | None = None
    message: str = ""
    """Chinese line for the report; empty when all is well."""

    @property
    def red(self) -> bool:
        """Whether this check alone stops publication."""
        return self.status not in (CheckStatus.PASS, CheckStatus.WARN, CheckStatus.NO_DATA)


@dataclass
class AuditReport:
    """All results of one audit."""

    checks: list[AuditResult] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """Chinese lines, one per red check."""
        return [check.message for check in self.checks if check.red]

    @property
    def ok(self) -> bool:
        """Whether the build may be published: something was checked and nothing is red."""
        return bool(self.checks) and not self.failures

    def write(self, path: Path) -> None:
        """Write the report as JSON: ``ok``, ``failures`` and all ``checks``."""
        data = {"ok": self.ok, "failures": self.failures, "checks": [asdict(check) for check in self.checks]}
        write_atomically(path, json.dumps(data, ensure_ascii=False, indent=1).encode())


def message(key: str, **values: object) -> str:
    """A sentence of the audit, with its places filled."""
    return str(texts()["audit"][key]).format(**values)


def title(kind: str) -> str:
    """What a data test or a check of the audit asks."""
    titles = texts()["check_titles"]
    return str(titles.get(kind, titles["other"]))


def looked_at(check_id: str, checked: int, bad: list[str], *, must_look: bool = False) -> AuditResult:
    """A check that looked at ``checked`` things and found the ``bad`` ones."""
    if bad:
        status = CheckStatus.FAIL
    elif checked:
        status = CheckStatus.PASS
    else:
        status = CheckStatus.DID_NOT_RUN if must_look else CheckStatus.NO_DATA
    shown = "、".join(bad[:_EXAMPLES]) + ("……" if len(bad) > _EXAMPLES else "")
    key = check_id.removeprefix("audit.")
    text = message("looked_at_nothing", check=check_id) if not bad else message(key, count=len(bad), examples=shown)
    return AuditResult(
        engine="audit",
        check_id=check_id,
        title=title(key),
        status=status,
        observed=str(len(bad)),
        expected="0",
        rows_checked=checked,
        rows_failed=len(bad),
        message=text,
    )

"""What the program knows of where it stands: the project's own data, and what the environment sets (docs/settings.md)."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar, overload

PROJECT_ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = PROJECT_ROOT / "ingest" / "contracts"
SOURCES = PROJECT_ROOT / "ingest" / "sources"
CATALOGUE = PROJECT_ROOT / "expectations" / "catalogue"
DBT_PROJECT = PROJECT_ROOT / "dbt_project"
CODES = DBT_PROJECT / "seeds" / "codes"
RULES = DBT_PROJECT / "seeds" / "rules"
FORMS = DBT_PROJECT / "seeds" / "forms"
ISSUES = DBT_PROJECT / "seeds" / "issues"
CHECKS = DBT_PROJECT / "seeds" / "checks"
DAGS = PROJECT_ROOT / "dags"

BUILD_DB = "junheng_build.duckdb"
"""Name of the DuckDB file that dbt builds. Its stem is the dbt database name and therefore fixed."""

ENGINES = ("duckdb", "spark")
"""What may build the marts, the default first (docs/adr/0015-spark.md)."""

PERSON_KEY_LENGTH = 16
"""Fewest characters of that key."""
SAMPLE_PERSON_KEY = "junheng-sample-persons"
"""Key of the samples; no secret, and accepted for fictional areas only."""

OFFLINE_ENV = {
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "SCARF_ANALYTICS": "false",
    "SCARF_NO_ANALYTICS": "true",
}
"""Telemetry off, everywhere; set before the libraries are imported."""


def rules_version() -> str:
    """First 12 hex digits over every data file that decides what is accepted: of ingest, catalogue, code lists."""
    digest = hashlib.sha256()
    for folder in (PROJECT_ROOT / "ingest", CATALOGUE, CODES):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in {".yml", ".csv"}:
                digest.update(path.relative_to(PROJECT_ROOT).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


T = TypeVar("T")


class BadSetting(ValueError):
    """A variable holds what is no value of it."""

    def __init__(self, name: str, value: str) -> None:
        super().__init__(f"{name}={value}")
        self.name = name
        self.value = value


class Variable(Generic[T]):
    """A variable of the environment: of :class:`Settings` itself what it is, of an instance its value, read anew each time."""

    def __init__(
        self, name: str, kind: str, default: str, meaning: str, read: Callable[[str], T], old: str = "", is_secret: bool = False
    ) -> None:
        """``default``: the text that is read where nothing is set. ``old``: an earlier name, accepted with a warning.

        ``is_secret``: it may stand in a file, which the variable of this name with ``_FILE`` behind it names.
        """
        self.name = name
        self.kind = kind
        self.default = default
        self.meaning = meaning
        self.old = old
        self.of_file = f"{name}_FILE" if is_secret else ""
        self._read = read

    @overload
    def __get__(self, settings: None, owner: type) -> Variable[T]: ...
    @overload
    def __get__(self, settings: Settings, owner: type) -> T: ...
    def __get__(self, settings: Settings | None, owner: type) -> Variable[T] | T:
        """The value of the environment. Raises BadSetting."""
        if settings is None:
            return self
        text = os.environ.get(self.name, "").strip() or self._in_file() or self._by_old_name() or self.default
        try:
            return self._read(text)
        except ValueError as error:
            raise BadSetting(self.name, text) from error

    def _in_file(self) -> str:
        path = os.environ.get(self.of_file, "").strip() if self.of_file else ""
        try:
            return Path(path).read_text(encoding="utf-8").strip() if path else ""
        except OSError as error:
            raise BadSetting(self.of_file, path) from error

    def _by_old_name(self) -> str:
        text = os.environ.get(self.old, "").strip() if self.old else ""
        if text:
            from junheng.core.messages import Messages

            warnings.warn(Messages()("renamed_variable", old=self.old, name=self.name), FutureWarning, stacklevel=4)
        return text


def _paths(text: str) -> tuple[Path, ...]:
    return tuple(Path(name).expanduser().resolve() for name in text.split(os.pathsep) if name.strip())


def _accounts(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _number(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ValueError(text)
        return int(text)

    return read


def _one_of(*words: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise ValueError(text)
        return text

    return read


def _processes(text: str) -> int | None:
    return _number(1)(text) if text else None


def _count_or_none(text: str) -> int | None:
    return _number(0)(text) if text else None


class Settings:
    """Every variable of the environment that the program reads, but for those of Airflow and dbt themselves."""

    home = Variable("JUNHENG_HOME", "path", "", "Home of a run of the scheduler whose params name none.", str)
    roots = Variable(
        "JUNHENG_ROOTS",
        "paths, `:` between",
        "",
        "Folders below which home and landing of a scheduled run must lie, beside `JUNHENG_HOME`.",
        _paths,
    )
    readers = Variable("JUNHENG_READERS", "group", "", "Group, by name or number, that may read what is published.", str)
    reviewers = Variable("JUNHENG_REVIEWERS", "accounts, `,` between", "", "Accounts of the scheduler that may sign.", _accounts)
    keep_rejected = Variable(
        "JUNHENG_KEEP_REJECTED",
        "number from 0",
        "3",
        "How many rejected builds stay in the warehouse for inspection.",
        _number(0),
    )
    parse_workers = Variable(
        "JUNHENG_PARSE_WORKERS",
        "number from 1",
        "",
        "Processes that share the files of one batch. Default: every core on the command line, one under the scheduler.",
        _processes,
        old="JH_PARSE_WORKERS",
    )
    remote = Variable(
        "JUNHENG_REMOTE",
        "address",
        "",
        "Where a scheduled night fetches landing from (`s3://…`, `sftp://…`, `file://…`); docs/runbooks/landing.md.",
        str,
    )
    settle_seconds = Variable(
        "JUNHENG_SETTLE_SECONDS",
        "number from 0",
        "",
        "For how long nothing in landing may have changed before a night reads it. Default: 60 under the scheduler, else 0.",
        _count_or_none,
    )
    person_key = Variable(
        "JUNHENG_PERSON_KEY",
        "secret, 16 characters or more",
        "",
        "Key under which persons are hashed as they are read; without it rosters of real areas are refused.",
        str,
        old="JH_PERSON_KEY",
        is_secret=True,
    )
    person_keys_before = Variable(
        "JUNHENG_PERSON_KEYS_BEFORE",
        "secrets, one a line",
        "",
        "Every earlier key of this home: persons who are read again are linked to what they were called under it.",
        lambda text: tuple(filter(None, map(str.strip, text.splitlines()))),
        is_secret=True,
    )
    notify = Variable(
        "JUNHENG_NOTIFY",
        "addresses, blanks between, or a JSON list",
        "",
        "Who hears of a failed night, a red audit, a refused file, an overdue delivery. A secret.",
        str,
        old="JH_NOTIFY",
        is_secret=True,
    )
    site_url = Variable(
        "JUNHENG_SITE_URL",
        "address",
        "",
        "Where `published/current/site` is served, for the link in a message. Default: the path of the page.",
        lambda text: text.rstrip("/"),
        old="JH_SITE_URL",
    )
    in_process = Variable(
        "JUNHENG_IN_PROCESS",
        "`1`",
        "",
        "Set by the command line for itself: one process runs the whole night and holds the home.",
        lambda text: text == "1",
    )
    build_db = Variable(
        "JUNHENG_BUILD_DB",
        "path",
        "",
        "DuckDB file that dbt builds (`dbt_project/profiles.yml`). A night sets it; by hand for dbt and sqlfluff.",
        str,
        old="JH_BUILD_DB",
    )
    spark_python = Variable(
        "JUNHENG_SPARK_PYTHON",
        "path",
        "",
        "Python of the environment in which Spark is installed. Default: the one that `make setup-spark` makes.",
        str,
    )
    spark_master = Variable("JUNHENG_SPARK_MASTER", "address", "local[2]", "Master of the Spark that builds run on.", str)
    spark_conf = Variable(
        "JUNHENG_SPARK_CONF",
        "`name=value`, blanks between",
        "",
        "Further settings of its session (memory, executors, …); no digit depends on one.",
        str,
    )
    serve_dsn = Variable(
        "JUNHENG_SERVE_DSN",
        "address, or id of a connection",
        "",
        "PostgreSQL that releases are loaded into: as libpq or SQLAlchemy have it, or the id of an Airflow connection. A secret.",
        str,
        is_secret=True,
    )
    serve = Variable(
        "JUNHENG_SERVE",
        "`every`, `unrefused` or `signed`",
        "every",
        "Which releases readers of that database see: every one, those that nobody refused to sign, the signed ones.",
        _one_of("every", "unrefused", "signed"),
    )
    lineage_url = Variable(
        "JUNHENG_LINEAGE_URL",
        "address",
        "",
        "Where events of OpenLineage go after a build, with the path (`…/api/v1/lineage`); they lie in the home as well.",
        str,
    )
    lineage_key = Variable(
        "JUNHENG_LINEAGE_KEY", "key", "", "What that server knows this one by (`Bearer`). A secret.", str, is_secret=True
    )
    lineage_namespace = Variable("JUNHENG_LINEAGE_NAMESPACE", "name", "junheng", "Of the jobs and tables in these events.", str)
    receipts = Variable(
        "JUNHENG_RECEIPTS",
        "`off`, `outbox` or `landing`",
        "off",
        "Where a release lays 收件回执 and 退回单: nowhere but among its papers, in `<home>/outbox/`, or in landing next to the "
        "deliveries, and in the outbox where landing cannot be written.",
        _one_of("off", "outbox", "landing"),
    )
    data = Variable("JUNHENG_DATA", "path", "", "Folder of the host that `docker-compose.yml` mounts as the home.", str)
    secrets = Variable("JUNHENG_SECRETS", "path", "", "Folder of the host with the files of secrets that it mounts.", str)


SETTINGS = Settings()


def spark_python() -> Path:
    """Python of the environment in which Spark is installed, whether it is there or not."""
    return Path(SETTINGS.spark_python) if SETTINGS.spark_python else PROJECT_ROOT / ".venv" / "spark" / "bin" / "python"


def variables() -> list[Variable[object]]:
    """All of them, in the order in which they are written."""
    return [member for member in vars(Settings).values() if isinstance(member, Variable)]

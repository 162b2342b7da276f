"""A release in PostgreSQL: readers see one release whatever happens to a publish, and of it the rows of their own areas."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from junheng.cli.main import main
from junheng.core.home import Home
from publish import steps
from publish.serve import access, postgres
from publish.serve.postgres import Loaded, publish_to
from publish.serve.shape import IN_FORCE
from publish.tables.mart_docs import marts
from tests.integration import serving
from tests.integration.serving import COUNTIES, FACTS, SCHOOLS, add_reader, make_release
from tests.marts import create_mart

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = "select nspname from pg_namespace where nspname !~ '^pg_' order by 1"


@pytest.fixture(scope="module")
def dsn() -> Iterator[str]:
    with serving.database() as address:
        yield address


@pytest.fixture
def clean(dsn: str) -> str:
    """The same database without what an earlier test loaded."""
    with psycopg.connect(dsn, autocommit=True) as admin:
        for schema in ("junheng", "junheng_access", "marts", "marts_access", "other", "Other 1", "Other 1_access"):
            admin.execute(f'drop schema if exists "{schema}" cascade'.encode())
        mine = "rolname !~ '^pg_' and rolname <> 'junheng'"
        for (role,) in admin.execute(f"select rolname from pg_roles where {mine}".encode()).fetchall():
            admin.execute(f"drop owned by {role}; drop role {role}".encode())
    return dsn


def rows(dsn: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def refused(dsn: str, query: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection, pytest.raises(psycopg.Error) as error:
        connection.execute(query.encode())
    return str(error.value)


def in_force(dsn: str) -> str:
    return str(rows(dsn, "select release_id from junheng.release_in_force")[0][0])


def test_readers_never_fail_and_never_see_two_releases(clean: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = serving.load(clean, tmp_path, publishes=40, readers=6, wider_each=15, pause=0.05)
    with capsys.disabled():
        print(f"\n{serving.told(seen)}")
    assert not seen.wrong, seen.wrong[:5]
    assert len(seen.releases) > 20
    assert rows(clean, SCHEMAS) == [("information_schema",), ("junheng",), ("junheng_access",), ("public",)]


def test_a_transaction_that_begins_before_tables_are_made_anew_sees_rows(clean: str, tmp_path: Path) -> None:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    with psycopg.connect(clean) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select 1 from pg_class")
        assert publish_to(clean, make_release(tmp_path, 2, wider=True), "unsigned") is Loaded.MADE
        assert reader.execute("select count(*) from junheng.fct_school_indicator").fetchone() == (3 * SCHOOLS,)


def test_who_holds_old_tables_is_waited_for_only_where_tables_are_made_anew(clean: str, tmp_path: Path) -> None:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    with psycopg.connect(clean) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = reader.execute("select release_id from junheng.release_in_force").fetchone()
        assert publish_to(clean, make_release(tmp_path, 2), "unsigned") is Loaded.FILLED
        assert reader.execute("select min(verdict), max(verdict) from junheng.fct_school_verdict").fetchone() == (
            *(before or ()),
            *(before or ()),
        )
        with pytest.raises(postgres.ReadersInTheWay, match=str(reader.info.backend_pid)):
            publish_to(clean, make_release(tmp_path, 3, wider=True), "unsigned", patience=1)
    assert in_force(clean).startswith("r0002")
    assert ("junheng_new",) not in rows(clean, SCHEMAS)
    assert publish_to(clean, make_release(tmp_path, 4, wider=True), "unsigned") is Loaded.MADE


def test_the_same_release_is_nothing_to_do(clean: str, tmp_path: Path) -> None:
    release = make_release(tmp_path, 1)
    assert publish_to(clean, release, "unsigned") is Loaded.MADE
    assert publish_to(clean, release, "unsigned") is Loaded.UNCHANGED
    before = rows(clean, "select xmin from junheng.dim_code")
    assert publish_to(clean, release, "approved") is Loaded.FILLED
    assert rows(clean, "select decision from junheng.release_in_force") == [("approved",)]
    assert rows(clean, "select xmin from junheng.dim_code") == before


def test_rows_types_keys_and_comments_are_those_of_the_release(clean: str, tmp_path: Path) -> None:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    second = make_release(tmp_path, 2, schools=SCHOOLS + 3)
    for number in (1, 2):
        if number == 2:
            publish_to(clean, second, "unsigned")
        with duckdb.connect(str(tmp_path / f"r{number:04d}-{number:012x}" / "junheng.duckdb"), read_only=True) as release:
            for table in (*FACTS, "dim_code", "dim_county", "aud_submission", "aud_quarantined_row"):
                expected = release.execute(f"select * from marts.{table}").fetchall()
                assert sorted(map(repr, rows(clean, f"select * from junheng.{table}"))) == sorted(map(repr, expected))
    column = "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'junheng.fct_school_indicator'::regclass"
    assert rows(clean, f"{column} and attname = 'value'") == [("numeric(24,2)",)]
    comment = "select col_description('junheng.fct_school_indicator'::regclass, attnum) from pg_attribute"
    where = "where attrelid = 'junheng.fct_school_indicator'::regclass and attname = 'value'"
    assert rows(clean, f"{comment} {where}") == [("数值：of the school",)]
    keys = "select relname from pg_constraint join pg_class on conrelid = pg_class.oid where contype = 'p'"
    assert {(name,) for name in (*FACTS, "dim_code", "dim_county")} <= set(rows(clean, keys))


@pytest.mark.parametrize(
    "change",
    [
        "alter table junheng.fct_school_verdict no force row level security",
        "alter table junheng.dim_county disable row level security",
        "drop policy readers on junheng.fct_school_indicator",
        "create policy all_of_it on junheng.fct_school_indicator for select using (true)",
        "grant select on junheng.aud_submission to junheng_reader",
        "create view junheng.all_of_it as select * from junheng.fct_school_indicator",
        "alter table junheng.fct_school_verdict drop column note",
    ],
)
def test_what_somebody_changed_is_made_anew(clean: str, tmp_path: Path, change: str) -> None:
    release = make_release(tmp_path, 1)
    publish_to(clean, release, "unsigned")
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute(change.encode())
    assert publish_to(clean, release, "unsigned") is Loaded.MADE
    assert publish_to(clean, release, "unsigned") is Loaded.UNCHANGED


def test_every_table_is_a_table_with_forced_policies(clean: str, tmp_path: Path) -> None:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    query = """
        select relkind, relrowsecurity, relforcerowsecurity, count(*) from pg_class
        where relnamespace = 'junheng'::regnamespace and relkind <> 'i' group by 1, 2, 3
    """
    assert rows(clean, query) == [("r", True, True, 8)]


def test_every_mart_is_served_and_its_question_can_be_asked(clean: str, tmp_path: Path) -> None:
    described = [mart for mart in marts() if not mart.is_restricted]
    release = make_release(tmp_path, 1)
    with duckdb.connect(str(release.database)) as made:
        made.execute("drop schema marts cascade; create schema marts")
        for mart in described:
            create_mart(made, mart.name, [])
    manifest = json.loads((release.path / "manifest.json").read_text(encoding="utf-8"))
    manifest["tables"] = {
        mart.name: {"grain": mart.grain, "required": [column.name for column in mart.columns if column.is_required]}
        for mart in described
    }
    (release.path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert publish_to(clean, release, "unsigned", "marts") is Loaded.MADE
    with psycopg.connect(clean, autocommit=True) as admin:
        query = "select relname from pg_class where relkind = 'r' and relnamespace = 'marts'::regnamespace"
        assert {name for (name,) in admin.execute(query).fetchall()} == {mart.name for mart in described} | {IN_FORCE}
        for mart in described:
            admin.execute(mart.query.encode())
    assert publish_to(clean, release, "unsigned", "marts") is Loaded.UNCHANGED


def _publisher(folder: Path, dsn: str, number: int) -> subprocess.Popen[bytes]:
    """A publish in a process of its own, of a release that takes a while."""
    make_release(folder, number, schools=60_000)
    program = (
        "import sys; from pathlib import Path; from publish.release.release import read_release;"
        "from publish.serve.postgres import publish_to; publish_to(sys.argv[1], read_release(Path(sys.argv[2])), 'unsigned')"
    )
    release = folder / f"r{number:04d}-{number:012x}"
    return subprocess.Popen([sys.executable, "-c", program, dsn, str(release)], cwd=ROOT, stderr=subprocess.DEVNULL)


def _writing(admin: psycopg.Connection[Any]) -> int:
    """Wait until the publisher writes rows; its session."""
    query = "select pid from pg_stat_activity where application_name = 'junheng publish' and query ilike any (%s)"
    for _ in range(1200):
        row = admin.execute(query, [["copy%", "insert%", "delete%"]]).fetchone()
        if row:
            return int(row[0])
        time.sleep(0.01)
    raise AssertionError("nothing was written")


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("end", ["kill", "connection"])
def test_a_publish_that_is_ended_leaves_what_was_there(clean: str, tmp_path: Path, end: str, is_first: bool) -> None:
    if not is_first:
        publish_to(clean, make_release(tmp_path, 1), "unsigned")
    with psycopg.connect(clean, autocommit=True) as admin:
        process = _publisher(tmp_path, clean, 2)
        session = _writing(admin)
        if end == "kill":
            os.kill(process.pid, signal.SIGKILL)
        else:
            admin.execute("select pg_terminate_backend(%s)", [session])
        assert process.wait(60) != 0
        for _ in range(600):
            if not admin.execute("select 1 from pg_stat_activity where pid = %s", [session]).fetchone():
                break
            time.sleep(0.05)
        found = {name for (name,) in admin.execute(SCHEMAS.encode()).fetchall()}
    assert found == {"information_schema", "public"} | (set() if is_first else {"junheng", "junheng_access"})
    if not is_first:
        assert in_force(clean).startswith("r0001")
        assert rows(clean, "select max(verdict), count(*) from junheng.fct_school_indicator") == [
            ("r0001-000000000001", 3 * SCHOOLS)
        ]
    publish_to(clean, make_release(tmp_path, 3), "unsigned")
    assert in_force(clean).startswith("r0003")


def test_what_the_server_cannot_take_leaves_what_was_there(clean: str, tmp_path: Path) -> None:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    broken = make_release(tmp_path, 2)
    with duckdb.connect(str(broken.database)) as made:
        made.execute("insert into marts.fct_school_verdict (county_code) values ('990101')")
    with pytest.raises(psycopg.errors.NotNullViolation):
        publish_to(clean, broken, "unsigned")
    assert in_force(clean).startswith("r0001")
    assert rows(clean, "select distinct verdict from junheng.fct_school_indicator") == [("r0001-000000000001",)]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    with serving.database(disk_mb=60) as address:
        publish_to(address, make_release(tmp_path, 1), "unsigned")
        before = rows(address, SCHEMAS)
        for number, wider in ((2, False), (3, True)):  # rows replaced, tables made anew
            with pytest.raises(psycopg.errors.DiskFull):
                publish_to(address, make_release(tmp_path, number, wider=wider, schools=40_000), "unsigned")
            assert in_force(address).startswith("r0001")
            assert rows(address, "select max(verdict), count(*) from junheng.fct_school_indicator") == [
                ("r0001-000000000001", 3 * SCHOOLS)
            ]
            assert rows(address, SCHEMAS) == before
        assert publish_to(address, make_release(tmp_path, 4), "unsigned") is Loaded.FILLED
        assert in_force(address).startswith("r0004")


def test_a_full_disk_of_the_log_ends_the_server_and_leaves_what_was_there(tmp_path: Path) -> None:
    """PostgreSQL stops where it cannot write its log; once there is room and it runs again, readers have what they had."""
    with serving.database(log_mb=40) as address:
        publish_to(address, make_release(tmp_path, 1), "unsigned")
        before = rows(address, SCHEMAS)
        with pytest.raises(psycopg.OperationalError):  # that the disk is full, or that the connection is gone
            publish_to(address, make_release(tmp_path, 2, schools=150_000), "unsigned")
        for _ in range(600):
            with contextlib.suppress(psycopg.OperationalError):
                assert in_force(address).startswith("r0001")
                break
            time.sleep(0.1)
        assert rows(address, "select max(verdict), count(*) from junheng.fct_school_indicator") == [
            ("r0001-000000000001", 3 * SCHOOLS)
        ]
        assert rows(address, SCHEMAS) == before
        assert publish_to(address, make_release(tmp_path, 3), "unsigned") is Loaded.FILLED
        assert in_force(address).startswith("r0003")


def test_one_publish_at_a_time(clean: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_ANOTHER_SECONDS", 1)
    with psycopg.connect(clean, autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('junheng publish junheng', 0))")
        with pytest.raises(postgres.AnotherPublish):
            publish_to(clean, make_release(tmp_path, 1), "unsigned")


def test_a_schema_of_somebody_else_is_left_alone(clean: str, tmp_path: Path) -> None:
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute("create schema other; create table other.theirs ()")
    with pytest.raises(postgres.ForeignSchema):
        publish_to(clean, make_release(tmp_path, 1), "unsigned", "other")
    assert rows(clean, "select * from other.theirs") == []


def test_a_publisher_needs_no_rights_over_the_server(clean: str, tmp_path: Path) -> None:
    loader = serving.add_account(clean, "loader")
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute("grant create on database junheng to loader")
    with pytest.raises(access.RolesMissing) as told:
        publish_to(loader, make_release(tmp_path, 1), "unsigned")
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute(str(told.value).encode())
    assert publish_to(loader, make_release(tmp_path, 2), "unsigned") is Loaded.MADE
    reader = add_reader(clean, "county", {"figures": ("990101",)}, "junheng_reader")
    assert publish_to(loader, make_release(tmp_path, 3), "unsigned") is Loaded.FILLED
    assert rows(reader, "select distinct county_code, verdict from junheng.fct_school_verdict") == [
        ("990101", "r0003-000000000003")
    ]
    assert rows(loader, "select count(*) from junheng.fct_school_verdict") == [(3 * SCHOOLS,)]


@pytest.fixture
def readers(clean: str, tmp_path: Path) -> Callable[..., str]:
    publish_to(clean, make_release(tmp_path, 1), "unsigned")
    return lambda name, areas, *roles: add_reader(clean, name, areas, *roles)


COUNTED = "select array_agg(distinct county_code order by county_code) from junheng."


def test_areas_are_counties_cities_and_provinces(readers: Callable[..., str]) -> None:
    for name, areas, seen in (
        ("county", ("990101",), ["990101"]),
        ("two", ("990101", "990201"), ["990101", "990201"]),
        ("city", ("9901",), ["990101", "990102"]),
        ("province", ("99",), list(COUNTIES)),
        ("elsewhere", ("98",), None),
        ("nobody", (), None),
    ):
        reader = readers(name, {"figures": areas}, "junheng_reader")
        for table in (*FACTS, "dim_county"):
            assert rows(reader, COUNTED + table) == [(seen,)], (name, table)
        assert rows(reader, "select count(*) from junheng.dim_code") == [(1 if areas else 0,)]
        assert "permission denied" in refused(reader, COUNTED + "aud_submission")


def test_auditors_see_what_was_audited_in_their_area(readers: Callable[..., str]) -> None:
    auditor = readers("auditor", {"audit": ("9901",)}, "junheng_auditor")
    assert rows(auditor, COUNTED + "aud_submission") == [(["990101", "990102"],)]
    assert rows(auditor, "select array_agg(submission_id order by 1) from junheng.aud_quarantined_row") == [
        (["990101", "990102"],)
    ]
    assert "permission denied" in refused(auditor, COUNTED + FACTS[0])
    both = readers("two_of_them", {"audit": ("990101",), "figures": ("990201",)}, "junheng_auditor", "junheng_reader")
    assert rows(both, COUNTED + FACTS[0]) == [(["990201"],)]
    assert rows(both, COUNTED + "aud_submission") == [(["990101"],)]


def test_a_grant_without_the_role_and_a_role_without_a_grant_show_nothing(clean: str, readers: Callable[..., str]) -> None:
    assert "permission denied" in refused(readers("stranger", {"figures": ("99",)}), COUNTED + FACTS[0])
    group = readers("county_group", {"figures": ("990102",)}, "junheng_reader")
    member = readers("member", {}, "county_group")
    assert rows(member, COUNTED + FACTS[0]) == rows(group, COUNTED + FACTS[0]) == [(["990102"],)]
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute("insert into junheng_access.area_grant values ('was_never_a_role', '99', 'figures')")
        admin.execute("revoke county_group from member")
    assert rows(group, COUNTED + FACTS[0]) == [(["990102"],)]
    assert "permission denied" in refused(member, COUNTED + FACTS[0])


@pytest.mark.parametrize("code", ["", "%", "9", "99%", "_9", "99 "])
def test_an_area_is_the_beginning_of_a_code(clean: str, readers: Callable[..., str], code: str) -> None:
    readers("county", {}, "junheng_reader")
    with psycopg.connect(clean, autocommit=True) as admin, pytest.raises(psycopg.errors.CheckViolation):
        admin.execute("insert into junheng_access.area_grant values ('county', %s, 'figures')", [code])


OTHERS = f"county_code <> '{COUNTIES[0]}'"
WAYS = {
    "filter": f"select * from junheng.{FACTS[0]} where {OTHERS}",
    "through a function of one's own": f"""
        create function pg_temp.others() returns setof text language sql as
        $$ select county_code from junheng.{FACTS[0]} where {OTHERS} $$; select * from pg_temp.others()
    """,
    "through a function that runs as its owner": f"""
        create function pg_temp.others() returns setof text language sql security definer as
        $$ select county_code from junheng.{FACTS[0]} where {OTHERS} $$; select * from pg_temp.others()
    """,
    "a function in the place of the one that the policy asks": f"""
        create function pg_temp.pg_has_role(oid, text) returns boolean language sql as $$ select true $$;
        set search_path = pg_temp, pg_catalog; select * from junheng.{FACTS[0]} where {OTHERS}
    """,
    "a table in the place of the grants": f"""
        create temp table area_grant as select 'county' as role_name, '99' as area_code, 'figures' as kind;
        set search_path = pg_temp; select * from junheng.{FACTS[0]} where {OTHERS}
    """,
    "the group": f"set role junheng_reader; select * from junheng.{FACTS[0]}",
    "prepared": f"prepare others as select * from junheng.{FACTS[0]} where {OTHERS}; execute others",
    "a view of one's own": f"create temp view others as select * from junheng.{FACTS[0]} where {OTHERS}; select * from others",
    "a count": f"select 1 from junheng.{FACTS[0]} having count(*) <> {SCHOOLS}",
    "a division by zero": f"select 1 from junheng.{FACTS[0]} where 1 / (case when {OTHERS} then 0 else 1 end) = 2",
    "an error that shows a value": f"select 1 from junheng.{FACTS[0]} where {OTHERS} and school_code::date is null",
    "statistics": f"""
        select 1 from pg_stats where schemaname = 'junheng' and concat(most_common_vals, histogram_bounds) ~ '{COUNTIES[1]}'
    """,
    "other grants": "select 1 from junheng_access.area_grant where role_name <> 'county'",
}
BARRED = {
    "set role junheng": "permission denied",
    "set session authorization junheng": "permission denied",
    "set row_security = off; select * from junheng.dim_county": "row-level security",
    "select * from junheng.aud_submission": "permission denied",
    "copy junheng.aud_submission to stdout": "permission denied",
    "select * from junheng_access.served": "permission denied",
    "insert into junheng_access.area_grant values ('county', '99', 'figures')": "permission denied",
    "update junheng.dim_county set verdict = ''": "permission denied",
    "delete from junheng.dim_county": "permission denied",
    "truncate junheng.dim_county": "permission denied",
    "begin; lock table junheng.dim_county in access exclusive mode": "permission denied",
    "create table junheng.mine ()": "permission denied",
    "alter table junheng.dim_county disable row level security": "must be owner",
    "create policy mine on junheng.dim_county using (true)": "must be owner",
    "select * from junheng.rpt_restricted_issue": "does not exist",
}


def test_a_county_sees_nothing_of_another_one(clean: str, readers: Callable[..., str]) -> None:
    county = readers("county", {"figures": COUNTIES[:1]}, "junheng_reader")
    readers("neighbour", {"figures": COUNTIES[1:]}, "junheng_reader")
    for way, statements in WAYS.items():
        *before, last = [statement for statement in statements.split(";") if statement.strip()]
        with psycopg.connect(county, autocommit=True) as connection:
            for statement in before:
                connection.execute(statement.encode())
            assert connection.execute(last.encode()).fetchall() == [], way
    for statement, why in BARRED.items():
        assert why in refused(county, statement), statement
    with psycopg.connect(county) as connection:
        for what in (f"junheng.{FACTS[0]}", f"(select * from junheng.{FACTS[0]})"):
            with connection.cursor().copy(f"copy {what} to stdout".encode()) as copied:
                lines = [bytes(line).split(b"\t")[0] for line in copied]
            assert lines == [COUNTIES[0].encode()] * SCHOOLS
    with psycopg.connect(clean, autocommit=True) as admin:  # each way finds something where nobody is in the way
        every = serving.add_account(clean, "bypassing", "junheng_reader")
        admin.execute("alter role bypassing bypassrls")
    with psycopg.connect(every, autocommit=True) as connection:
        assert connection.execute(WAYS["filter"].encode()).fetchall()
        with contextlib.suppress(psycopg.errors.DivisionByZero):
            connection.execute(WAYS["a division by zero"].encode())
            raise AssertionError
        assert connection.execute(WAYS["statistics"].encode()).fetchall()


def _home(folder: Path, number: int) -> Home:
    """A home whose release in force is this one."""
    home = Home(folder / "home").create()
    release = make_release(home.releases, number)
    home.current.symlink_to(Path(home.releases.name) / release.release_id)
    return home


def test_the_command_says_what_it_did(
    clean: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JUNHENG_SERVE_DSN", raising=False)
    command = ["publish", "--to", "postgres", "--home", str(_home(tmp_path, 1).path)]

    def run(*more: str) -> tuple[int, str]:
        code = main([*command, *more])
        return code, capsys.readouterr().out.replace("\n", "")

    assert run()[0] == 2
    unreachable = run("--dsn", "postgresql://nobody@127.0.0.1:1/nowhere")
    assert unreachable[0] == 1
    assert "读者仍看到原来的版本" in unreachable[1]
    code, printed = run("--dsn", clean.replace("postgresql://", "postgresql+psycopg2://"), "--schema", "Other 1")
    assert (code, "r0001-000000000001" in printed) == (0, True)
    assert rows(clean, 'select count(*) from "Other 1".fct_school_verdict') == [(3 * SCHOOLS,)]
    assert "没有变化" in run("--dsn", clean, "--schema", "Other 1")[1]
    with psycopg.connect(clean, autocommit=True) as admin:
        admin.execute('alter table "Other 1".dim_county disable row level security')
    assert "数据表新建" in run("--dsn", clean, "--schema", "Other 1")[1]
    monkeypatch.setenv("JUNHENG_SERVE_DSN", clean)
    assert run()[0] == 0
    code, printed = run()
    assert (code, "没有变化" in printed) == (0, True)
    monkeypatch.setenv("JUNHENG_SERVE", "signed")
    assert run()[0] == 4
    monkeypatch.setenv("JUNHENG_SERVE", "all")
    assert run()[0] == 2


def test_the_step_of_a_build_does_the_same(clean: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = _home(tmp_path, 1)
    monkeypatch.setenv("JUNHENG_SERVE", "signed")
    assert steps.serve(home, clean) == "nothing"  # a night whose release waits for its signature has not failed
    monkeypatch.delenv("JUNHENG_SERVE")
    assert steps.serve(home, clean) == "made"
    assert in_force(clean) == "r0001-000000000001"

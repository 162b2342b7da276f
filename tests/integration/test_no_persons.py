"""No person beyond the archive: names, identity numbers and telephones planted wherever an export may hold them.

One night and one build, each planting in a file and county of its own, beside files with two hundred numbers in every spelling
(:mod:`tests.integration.persons_corpus`). The ingest runs under Airflow, in a process of its own. Then every file of the home but
the archive is read, Parquet and databases cell by cell, zip members one by one, and so are the build file and dbt's logs as they
are before publication removes them.
"""

from __future__ import annotations

import csv
import glob
import html
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import compress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from junheng.cli.main import main
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.settings import PROJECT_ROOT
from junheng.core.sql import identifier, literal
from publish import notices, steps
from publish.release.release import read_current
from tests import builds
from tests.integration.persons_corpus import AREAS, CORPUS, SIGNS

pytestmark = pytest.mark.timeout(1800)  # a night, a build, and every byte of what they left
HEADER = ["区划代码", "学年", "学校标识码", "学校名称", "办学类型码", "乡镇", "小学在校生", "小学专任教师"]
ITEMS = ["区划代码", "学年", "指标代码", "项目代码", "数值", "单位", "佐证", "备注"]
MONITORING = ["区划代码", "监测类别", "监测年份", "年级", "学科", "指标", "数值", "来源文件"]
ROSTER = ["学校名称", "姓名", "身份证号码", "联系电话", "人员类型", "最高学历", "职称", "学段", "科目", "备注"]
_SURNAMES = (
    "慕容尉迟澹台濮阳淳于单于太叔申屠公孙仲孙轩辕令狐钟离宇文长孙鲜于"
    "闾丘司徒司空亓官第五左丘东郭南门呼延羊舌微生梁丘左人东方赫连皇甫"
)
Rows = list[list[str]]

_NIGHT = """
import sys
from junheng.core.home import Home
from junheng.scheduler.inprocess import InProcess, Progress, quiet
home = Home(sys.argv[1])
with quiet(home.airflow / "nightly.log") as terminal:
    given = {"home": str(home.path), "landing": sys.argv[2], "as_of": "2026-01-15"}
    outcome = InProcess(home, Progress()).run("ingest_exports", given)
    print(outcome.failures, file=terminal)
sys.exit(not outcome.succeeded)
"""


@dataclass(frozen=True)
class Person:
    """One invented person; no two share a sign of theirs."""

    number: int

    @property
    def name(self) -> str:
        start = 2 * self.number
        return _SURNAMES[start : start + 2] + "砚"

    @property
    def card(self) -> str:
        digits = f"99010119800101{self.number:03d}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return digits + "10X98765432"[sum(int(d) * w for d, w in zip(digits, weights, strict=True)) % 11]

    @property
    def phone(self) -> str:
        return f"1380000{self.number:04d}"

    @property
    def spaced_phone(self) -> str:
        return f"138 0000 {self.number:04d}"

    @property
    def mail(self) -> str:
        return f"person{self.number}@example.invalid"

    @property
    def signs(self) -> tuple[str, ...]:
        return (self.name, self.card, self.phone, self.spaced_phone, self.mail)


@dataclass(frozen=True)
class Planting:
    """A file with a person in it.

    ``numbers_only``: nothing tells a name from any other words there. ``beside``: a good file of the county lies beside it.
    """

    file: Callable[[str, Person], bytes]
    suffix: str = "csv"
    numbers_only: bool = False
    beside: bool = False
    label: Callable[[Person], str] = lambda _: "报表"


def _csv(*rows: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _xlsx(name: str, rows: Rows) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet(name)
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return buffer.getvalue()


def _school(county: str, number: int = 1, **given: str) -> list[str]:
    values = [county, "2025", f"{county}{number:04d}", f"第{number}小学", "211", "城关镇", "300", "20"]
    return [given.get(name, value) for name, value in zip(HEADER, values, strict=True)]


def _with_columns(columns: dict[str, Callable[[Person], str]]) -> Callable[[str, Person], bytes]:
    def file(county: str, who: Person) -> bytes:
        return _csv([*HEADER, *columns], [*_school(county), *(value(who) for value in columns.values())])

    return file


def _cell(column: str, value: Callable[[Person], str]) -> Callable[[str, Person], bytes]:
    return lambda county, who: _csv(HEADER, _school(county), _school(county, 2, **{column: value(who)}))


def _roster(**given: Callable[[Person], str]) -> Callable[[str, Person], bytes]:
    def file(_: str, who: Person) -> bytes:
        row = ["第9小学", who.name, who.card, who.phone, "专任教师", "本科", "一级教师", "小学", "体育", _all(who)]
        odd = [given[name](who) if name in given else value for name, value in zip(ROSTER, row, strict=True)]
        return _csv(ROSTER, row, *([odd] if given else []))

    return file


def _all(who: Person) -> str:
    return f"{who.name} {who.phone} {who.card} {who.mail}"


def _numbers(who: Person) -> str:
    return f"电 {who.phone}，{who.spaced_phone}，证 {who.card}，{who.mail}"


def _packed(county: str, who: Person) -> bytes:
    """A good member and one that leads out of the archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        container.writestr(f"{who.card}.csv", _csv(HEADER, _school(county)))
        container.writestr(f"../{who.phone}.csv", _csv(HEADER, _school(county, 2)))
    return buffer.getvalue()


PLANTINGS: dict[str, Planting] = {
    "personal columns": Planting(
        _with_columns(
            {
                "校长姓名": lambda w: w.name,
                "联系电话": lambda w: w.phone,
                "身份证号": lambda w: w.card,
                "电子邮箱": lambda w: w.mail,
                "家庭住址": _all,
            }
        )
    ),
    "a name filled in behind a header": Planting(lambda c, w: _csv([*HEADER, f"填表人：{_all(w)}"], [*_school(c), "是"])),
    "numbers in an unknown column": Planting(_with_columns({"附记": _numbers}), numbers_only=True),
    "a footer": Planting(lambda c, w: _csv(HEADER, _school(c), [f"填表人：{_all(w)}"], ["", f"单位负责人:{w.name}", w.phone])),
    "a footer over several cells": Planting(lambda c, w: _csv(HEADER, _school(c), ["填 表 人", w.name, w.phone, w.card])),
    "a title above the header": Planting(lambda c, w: _csv([f"普查表 填表人：{_all(w)}"], HEADER, _school(c))),
    "cells beyond the header": Planting(lambda c, w: _csv(HEADER, [*_school(c), _all(w)])),
    "a row shifted by one": Planting(lambda c, w: _csv(HEADER, _school(c), [w.name, *_school(c, 2)[:-1]]), beside=True),
    "a name for a count": Planting(_cell("小学在校生", _all)),
    "a name for a code": Planting(_cell("学校标识码", _all)),
    "a name for the code of a school without a name": Planting(
        lambda c, w: _csv(HEADER, _school(c), _school(c, 2, 学校标识码=w.name, 学校名称="")),
        beside=True,
    ),
    "a card number for a code": Planting(_cell("学校标识码", lambda w: w.card)),
    "a telephone for a count": Planting(_cell("小学在校生", lambda w: w.phone)),
    "a telephone for a year": Planting(_cell("学年", lambda w: w.phone)),
    "numbers behind a school's name": Planting(_cell("学校名称", _numbers), numbers_only=True),
    "a telephone for a township": Planting(_cell("乡镇", lambda w: w.phone)),
    "notes of county items": Planting(
        lambda c, w: _csv(ITEMS, [c, "2025", "G11", "G11.eligible", "10", "人", f"件{_numbers(w)}", f"注{_numbers(w)}"]),
        numbers_only=True,
    ),
    "a name for an item's value": Planting(lambda c, w: _csv(ITEMS, [c, "2025", "G12", "G12.teachers", _all(w), "人", "", ""])),
    "a source document": Planting(
        lambda c, w: _csv(MONITORING, [c, "national", "2024", "4", "语文", "between_school_rate", "0.12", _numbers(w)]),
        numbers_only=True,
    ),
    "a file of persons": Planting(lambda _, w: _csv(["姓名", "身份证号", "电话"], [w.name, w.card, w.phone])),
    "a roster": Planting(_roster(), beside=True),
    "a roster with a name for the number": Planting(_roster(身份证号码=lambda w: w.name), beside=True),
    "a roster with a damaged number": Planting(_roster(身份证号码=lambda w: f"{w.card}.0"), beside=True),
    "a roster with a shifted row": Planting(
        _roster(学校名称=_all, 人员类型=lambda w: w.name, 最高学历=lambda w: w.phone), beside=True
    ),
    "a workbook with personal columns": Planting(
        lambda c, w: _xlsx("普查", [[*HEADER, "校长", "手机"], [*_school(c), w.name, w.phone], [f"填表人：{_all(w)}"]]), "xlsx"
    ),
    "numbers in a sheet's name": Planting(
        lambda c, w: _xlsx(f"{w.phone} {w.card}"[:31], [HEADER, _school(c), _school(c, 2, 小学在校生="约300")]),
        "xlsx",
        numbers_only=True,
    ),
    "numbers in the name of a file that is refused": Planting(
        lambda *_: b"%PDF-1.7",
        "pdf",
        numbers_only=True,
        label=lambda w: f"扫描 {w.phone} {w.card}",
    ),
    "numbers in the name of a member of a zip": Planting(_packed, "zip", numbers_only=True),
    "numbers in a file's name": Planting(
        lambda c, _: _csv(HEADER, _school(c)),
        numbers_only=True,
        label=lambda w: f"报表 {w.phone} {w.card}",
    ),
}
PEOPLE = {name: Person(number) for number, name in enumerate(PLANTINGS)}
CORPUS_SIGNS = "corpus"
LOOKED_FOR = [(CORPUS_SIGNS, sign) for sign in SIGNS] + [
    (name, sign) for name, who in PEOPLE.items() for sign in who.signs if not (PLANTINGS[name].numbers_only and sign == who.name)
]
"""Which planting each text that is looked for belongs to."""
MARKS = ("砚", "19800101", "1380000", "138 0000", "@example.invalid", *SIGNS)
"""A text without any of these holds nothing that is looked for."""
COUNTIES = {name: f"9901{number + 1:02d}" for number, name in enumerate(PLANTINGS)}


_MARKED = "|".join(map(re.escape, MARKS))
_ESCAPED = r"%[0-9A-Fa-f]{2}|&(?:#|[A-Za-z]+;)|\\u[0-9A-Fa-f]{4}"
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
_LOOKED_AT = (
    "|".join("".join(f"\\x{byte:02x}" for byte in mark) for mark in sorted({m.encode(e) for m in MARKS for e in _ENCODINGS}))
    + r"|%\x00?[0-9A-Fa-f]\x00?[0-9A-Fa-f]|&\x00?(?:#|[A-Za-z])|\\\x00?u"
)
"""Of bytes: a mark in any encoding, or the beginning of an escape."""
_PART, _BEYOND = 1024, 200
"""Bytes that are searched together, and those that are read behind them: the longest mark with every sign escaped."""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(key)
            yield from _strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)
    elif value is not None:
        yield str(value)


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), html.unescape(unquote(text)))


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, str]]:
    """Names and texts of a table, column by column, of the rows with a mark or an escape; rows are searched as texts."""
    rows = connection.execute(f"from {table} as row where regexp_matches(row::varchar, $1)", [f"{_MARKED}|{_ESCAPED}"])
    for name, values in rows.to_arrow_table().to_pydict().items():
        text = "\n".join(text for value in [name, *values] for text in _strings(value))
        yield name, text
        yield name, _unescaped(text)


def _parquet(path: Path) -> Iterator[tuple[str, str]]:
    for key, value in (pq.read_schema(path).metadata or {}).items():
        yield "metadata", f"{key!r} {value!r}"
    with duckdb.connect() as connection:
        yield from _rows(connection, f"read_parquet({literal(glob.escape(str(path)))})")


def _database(path: Path) -> Iterator[tuple[str, str]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = current_database()"
        ).fetchall()
        assert found
        for schema, table in found:
            for name, text in _rows(connection, f"{identifier(schema)}.{identifier(table)}"):
                yield f"{schema}.{table}.{name}", text
        for (comment,) in connection.execute("select comment from duckdb_columns() where comment is not null").fetchall():
            yield "comment", comment


def _decoded(raw: bytes) -> Iterator[tuple[str, str]]:
    """Bytes as text in every encoding; where a sign begins is not known."""
    for encoding in _ENCODINGS:
        for first in range(4):
            yield f"{encoding} from byte {first + 1}", raw[first:].decode(encoding, errors="replace")


def _parts(raw: bytes) -> Iterator[bytes]:
    """The parts that hold marks or escapes, each with the beginning of the next one."""
    parts = [raw[start : start + _PART + _BEYOND] for start in range(0, len(raw), _PART)]
    held = pc.match_substring_regex(pa.array(parts, pa.binary()), _LOOKED_AT).to_pylist()
    yield from compress(parts, held)


def _text(raw: bytes) -> Iterator[tuple[str, str]]:
    """Bytes as text in every encoding and escape that they may have, wherever they have a mark."""
    for part in _parts(raw):
        for name, text in _decoded(part):
            yield name, text
            yield f"{name}, escapes", _unescaped(text)


def _members(path: Path) -> Iterator[tuple[str, str]]:
    """The members of a zip, and so of a workbook or a document, with what is in them."""
    with zipfile.ZipFile(path) as container:
        for name in container.namelist():
            yield "member", name
            for _, text in _text(container.read(name)):
                yield name, text


def _contents(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of whatever in a file may hold a mark."""
    yield "name", str(path)
    yield from _text(path.read_bytes())
    if zipfile.is_zipfile(path):
        yield from _members(path)
    elif path.suffix == ".parquet":
        yield from _parquet(path)
    elif path.suffix == ".duckdb":
        yield from _database(path)


def scan(home: Home, seen: set[tuple[int, ...]]) -> tuple[dict[str, set[str]], set[str]]:
    """Where which person was found beyond the archive, and which kinds of files were read.

    ``seen``: the files that were read already and are as they were; those read now are added.
    """
    found: dict[str, set[str]] = {}
    kinds: set[str] = set()
    for path in sorted(home.path.rglob("*")):
        if not path.is_file() or path.is_relative_to(home.archive):
            continue
        state = path.stat()
        file = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
        if file in seen:  # `current` leads to a release that is read anyway
            continue
        seen.add(file)
        kinds.add(f"{path.relative_to(home.path).parts[0]}{path.suffix}")
        for place, text in _contents(path):
            if not any(mark in text for mark in MARKS):
                continue
            for planting, sign in LOOKED_FOR:
                if (at := text.find(sign)) >= 0:
                    beside = text[max(at - 20, 0) : at + 30]
                    found.setdefault(planting, set()).add(f"{path.relative_to(home.path)} {place}: {beside}")
    return found, kinds


def write_papers(home: Home) -> None:
    """Into the home, where they are searched: lists of every meeting, workbooks of the ledger, messages."""
    papers = home.path / "papers"
    assert steps.dispatch_lists(home, "2026-01-15", ["weekly", "monthly"])
    assert main(["ledger", "export", "--home", str(home.path), "--out", str(papers)]) == 0
    sent: list[str] = []
    causes = {"refused": notices.refused(home), "overdue": notices.overdue(home, date(2026, 1, 15))}
    notices.tell(home, causes, "2026-01-15", lambda message: sent.append(message.heading + message.text) is None)
    for cause in causes["refused"]:
        sent.append(notices.clean(cause.line))
    assert len(sent) > len(CORPUS)
    (papers / "messages.txt").write_text("\n".join(sent), encoding="utf-8")


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, dict[str, set[str]], set[str]]]:
    """A published night, and what was found after each of its steps."""
    folder = tmp_path_factory.mktemp("persons")
    home = Home(folder / "home").create()
    for name, planting in PLANTINGS.items():
        county = folder / "landing" / COUNTIES[name] / "2025"
        county.mkdir(parents=True)
        file = county / f"{planting.label(PEOPLE[name])}.{planting.suffix}"
        file.write_bytes(planting.file(COUNTIES[name], PEOPLE[name]))
        if planting.beside:
            (county / "另一份.csv").write_bytes(_csv(HEADER, _school(COUNTIES[name], 9)))
    for area, made in AREAS.items():
        for name, content in made(area).items():
            file = folder / "landing" / area / "2025" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUNHENG_PERSON_KEY", "a key of this test")
        command = [sys.executable, "-c", _NIGHT, str(home.path), str(folder / "landing")]
        ran = subprocess.run(command, cwd=PROJECT_ROOT, text=True, capture_output=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        build, build_db = builds.build(home)
    steps.audit_build(home, build, build_db)
    seen: set[tuple[int, ...]] = set()
    found, kinds = scan(home, seen)
    steps.publish_build(home, build, build_db, [], "2026-01-15T01:00:00+08:00")
    write_papers(home)
    for planting, places in (after := scan(home, seen))[0].items():
        found.setdefault(planting, set()).update(places)
    yield home, found, kinds | after[1]
    shutil.rmtree(folder)


def test_the_night_was_a_night_and_everything_was_read(night: tuple[Home, dict[str, set[str]], set[str]]) -> None:
    home, _, kinds = night
    assert read_current(home) is not None
    judged = Ledger(home).table("submissions").to_pylist()
    assert {row["file_name"].split("/")[0] for row in judged} == {*COUNTIES.values(), *AREAS}
    assert {row["status"] for row in judged} == {"accepted", "refused"}
    assert {
        "bronze.parquet",
        "quarantine.parquet",
        "ledger.parquet",
        "warehouse.duckdb",
        "warehouse.log",
        "airflow.db",
        "airflow.log",
    } <= kinds
    assert {"published.duckdb", "published.parquet", "published.html", "published.json", "published.xlsx"} <= kinds
    assert {"papers.xlsx", "papers.txt"} <= kinds
    assert any(home.dispatch.rglob("*.xlsx"))
    assert any((home.current / "audit").rglob("*.parquet"))


@pytest.mark.parametrize("before", [b"", b"x"], ids=["even", "odd"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_the_search_reads_every_encoding(tmp_path: Path, encoding: str, before: bytes) -> None:
    planting, sign = LOOKED_FOR[0]
    path = tmp_path / "file"
    path.write_bytes(before + f"a{sign}b".encode(encoding) + b"\0\0")
    assert any(sign in text for _, text in _contents(path)), planting


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "escape",
    [quote, lambda sign: "".join(f"&#{ord(c)};" for c in sign), lambda sign: "".join(f"\\u{ord(c):04x}" for c in sign)],
    ids=["percent", "html", "json"],
)
@pytest.mark.parametrize("before", [b"", b"\1" * 4001], ids=["first", "amidst"])
def test_the_search_reads_every_escape(tmp_path: Path, encoding: str, escape: Callable[[str], str], before: bytes) -> None:
    sign = PEOPLE["personal columns"].name
    path = tmp_path / "file"
    path.write_bytes(before + f"a{escape(sign)}b".encode(encoding) + b"\2" * 4000)
    assert any(sign in text for _, text in _contents(path))


@pytest.mark.parametrize("how", ["{sign!r} as a", "{{'k': [{sign!r}]}} as a", "1 as {sign!r} limit 0", "{escaped!r} as a"])
def test_the_search_reads_every_cell(tmp_path: Path, how: str) -> None:
    sign = PEOPLE["personal columns"].name
    query = "select 'x' as b, " + how.format(sign=sign, escaped=quote(sign)).replace("as '", 'as "').replace("' limit", '" limit')
    for path in (tmp_path / "file.parquet", tmp_path / "file.duckdb"):
        with duckdb.connect(str(path) if path.suffix == ".duckdb" else ":memory:") as connection:
            connection.execute(f"create table t as {query}")
            if path.suffix == ".parquet":
                connection.execute(f"copy t to {literal(str(path))}")
        places = [place for place, text in _contents(path) if sign in text]
        assert places, path
        assert "limit" in how or any(place.endswith("a") for place in places), places


def test_every_sign_has_a_mark() -> None:
    assert [sign for _, sign in LOOKED_FOR if not any(mark in sign for mark in MARKS)] == []


def test_every_planting_holds_a_person_of_its_own() -> None:
    """One that is in no file would be found nowhere."""
    signs = [sign for who in PEOPLE.values() for sign in who.signs]
    assert len(set(signs)) == len(signs)
    assert {len(who.name) for who in PEOPLE.values()} == {3}
    for name, planting in PLANTINGS.items():
        who = PEOPLE[name]
        raw = planting.file(COUNTIES[name], who)
        if planting.suffix == "csv":
            assert any(sign in raw.decode() + planting.label(who) for sign in who.signs), name


@pytest.mark.parametrize("planting", PLANTINGS)
def test_no_person_is_found_beyond_the_archive(night: tuple[Home, dict[str, set[str]], set[str]], planting: str) -> None:
    assert sorted(night[1].get(planting, ())) == []


def test_the_corpus_was_read_and_files_of_every_area_were_taken_or_refused(
    night: tuple[Home, dict[str, set[str]], set[str]],
) -> None:
    home = night[0]
    judged = Ledger(home).table("submissions").to_pylist()
    assert len(set(CORPUS)) == 200
    accepted = Counter(row["file_name"].split("/")[0] for row in judged if row["status"] == "accepted")
    assert {area for area in AREAS if area not in accepted} <= {"990151", "990156"}
    assert {row["area_code"] for row in judged if row["status"] == "refused"} > {"990151", "990154", "990155"}
    assert len([row for row in judged if row["area_code"] == "990154"]) > 2 * len(CORPUS)


def test_no_number_of_the_corpus_is_found_beyond_the_archive(night: tuple[Home, dict[str, set[str]], set[str]]) -> None:
    assert sorted(night[1].get(CORPUS_SIGNS, ()))[:20] == []

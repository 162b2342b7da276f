"""A zip or 7z file is opened: each member is a delivery of its own, and nothing in it can do harm."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import zipfile
from pathlib import Path
from typing import Any

import py7zr
import pytest

from ingest.landing import archive, envelope, inventory, landing
from ingest.landing import night as nights
from ingest.readers import unpack
from ingest.readers.reply import Refused
from ingest.values.faults import Refusal
from junheng.core.home import Home
from junheng.core.ledger import Ledger, OpenNight
from junheng.core.records import SCHEMAS

PLACE = "990101/2025/包.zip"


def packed(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as container:
        for name, content in members.items():
            container.writestr(name, content)
    return buffer.getvalue()


def packed_7z(members: dict[str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", **options) as container:
        for name, content in members.items():
            container.writestr(content, name)
    return buffer.getvalue()


def renamed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The archive with a member's name replaced by one of the same length."""
    assert len(old) == len(new)
    assert old in data
    return data.replace(old, new)


def flagged(data: bytes, bit: int) -> bytes:
    """The zip with a bit set in the flags of every member."""
    changed = bytearray(data)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(magic)
        while at >= 0:
            changed[at + offset] |= bit
            at = changed.find(magic, at + 1)
    return bytes(changed)


def put(root: Path, data: bytes, name: str = PLACE) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def rules_by_member(found: landing.Landing) -> dict[str, str]:
    return {result.file_name.removeprefix(f"{PLACE}!/"): result.faults[0].rule for result in found.refused}


@pytest.fixture
def census(desk: Any) -> bytes:
    data: bytes = desk.xlsx({"a": [desk.header, desk.school]})
    return data


@pytest.fixture(params=["zip", "7z"])
def pack(request: pytest.FixtureRequest) -> Any:
    return packed if request.param == "zip" else packed_7z


def test_each_member_is_a_file_of_its_own(tmp_path: Path, pack: Any, census: bytes) -> None:
    put(tmp_path, pack({"里面/校.xlsx": census, "b.csv": b"b", "__MACOSX/._b.csv": b"x", "里面/Thumbs.db": b"x", "空.csv": b""}))
    found = landing.scan(tmp_path)
    assert [file.path for file in found.files] == [f"{PLACE}!/b.csv", f"{PLACE}!/空.csv", f"{PLACE}!/里面/校.xlsx"]
    file = found.files[2]
    assert (file.area_code, file.school_year, file.size) == ("990101", 2025, len(census))
    assert file.sha256 == hashlib.sha256(census).hexdigest()
    assert [file.path for file in found.envelopes] == [PLACE]
    assert found.refused == []


def test_office_files_are_no_envelopes(tmp_path: Path, desk: Any, census: bytes) -> None:
    """Not even one whose first member says nothing."""
    with zipfile.ZipFile(io.BytesIO(census)) as book:
        odd = packed({"a.bin": b"", **{name: book.read(name) for name in book.namelist()}})
    put(tmp_path, census, "990101/2025/a.zip")
    put(tmp_path, odd, "990101/2025/b.xlsx")
    found = landing.scan(tmp_path)
    assert [file.path for file in found.files] == ["990101/2025/a.zip", "990101/2025/b.xlsx"]
    assert found.envelopes == []
    assert not desk.deliver(odd).refused


def test_members_are_archived_by_hash_and_read(tmp_path: Path, desk: Any, pack: Any, census: bytes) -> None:
    put(tmp_path, pack({"里面/校.xlsx": census, "另.csv": b"x"}))
    (file,) = [f for f in landing.scan(tmp_path).files if f.path.endswith("校.xlsx")]
    stored = archive.store_landed(desk.home, tmp_path, file.path, file.sha256)
    assert stored == archive.path_of(desk.home, file.sha256)
    assert stored.read_bytes() == census
    assert stored.stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize(("stated", "raw"), [("gbk", "报表/学校.csv".encode("gbk")), ("utf-8", "报表/学校.csv".encode())])
def test_names_without_the_utf8_mark(tmp_path: Path, stated: str, raw: bytes) -> None:
    placeholder = "n" * len(raw)
    put(tmp_path, renamed(packed({placeholder: b"x"}), placeholder.encode(), raw))
    (file,) = landing.scan(tmp_path).files
    assert file.path == f"{PLACE}!/报表/学校.csv", stated


@pytest.mark.parametrize(
    "name",
    [b"../../x.csv", b"/etc/x.csv", b"..\\..\\x.csv", b"C:\\x\\y.csv", b"a/../../b.c", b"a\x01b\x02c.csv", b"\\\\host\\x.cs"],
)
def test_names_that_lead_out_are_refused_and_the_rest_is_taken(tmp_path: Path, name: bytes) -> None:
    placeholder = b"n" * len(name)
    put(tmp_path, renamed(packed({placeholder.decode(): b"x", "good.csv": b"g"}), placeholder, name))
    before = sorted(tmp_path.rglob("*"))
    found = landing.scan(tmp_path)
    assert [file.path for file in found.files] == [f"{PLACE}!/good.csv"]
    assert set(rules_by_member(found).values()) == {"unsafe_member"}
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["../../x.csv", "/etc/x.csv", "C:/x.csv", "a/../../b.csv"])
def test_names_in_a_7z_that_lead_out_are_refused_and_the_rest_is_taken(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as container:
        container._writestr(b"x", name)  # the public way of writing refuses such a name
        container.writestr(b"g", "good.csv")
    put(tmp_path, buffer.getvalue())
    found = landing.scan(tmp_path)
    assert [file.path for file in found.files] == [f"{PLACE}!/good.csv"]
    assert rules_by_member(found) == {name: "unsafe_member"}


def test_links_and_repeated_names(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as container:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        container.writestr(link, "/etc/hostname")
        container.writestr("a.csv", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            container.writestr("a.csv", b"2")
    put(tmp_path, buffer.getvalue())
    found = landing.scan(tmp_path)
    assert found.files == []
    assert rules_by_member(found) == {"link.csv": "link_member", "a.csv": "repeated_member"}


def test_a_link_in_a_7z(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.csv").write_bytes(b"a")
    (source / "link.csv").symlink_to("a.csv")
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w") as container:
        container.writeall(source, "里面")
    put(tmp_path / "landing", buffer.getvalue())
    found = landing.scan(tmp_path / "landing")
    assert [file.path for file in found.files] == [f"{PLACE}!/里面/a.csv"]
    assert rules_by_member(found) == {"里面/link.csv": "link_member"}


def test_passwords(tmp_path: Path, desk: Any, rules_of: Any, census: bytes) -> None:
    whole = flagged(packed({"a.csv": b"a", "b.csv": b"b"}), 1)
    assert rules_of(desk.deliver(whole)) == {"encrypted_archive"}
    for options in ({}, {"header_encryption": True}):
        result = desk.deliver(packed_7z({"a.csv": b"a"}, password="secret", **options))
        assert rules_of(result) == {"encrypted_archive"}
        assert result.fix == "请去掉密码后重新提交。"
    mixed = bytearray(packed({"a.csv": b"a", "b.csv": b"b"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        mixed[mixed.find(magic) + offset] |= 1
    put(tmp_path / "landing", bytes(mixed))
    found = landing.scan(tmp_path / "landing")
    assert [file.path for file in found.files] == [f"{PLACE}!/b.csv"]
    assert rules_by_member(found) == {"a.csv": "encrypted_member"}


def test_damaged_members_and_unknown_methods(tmp_path: Path) -> None:
    data = packed({"a.csv": b"abcdefghij" * 3, "b.csv": b"b"}, zipfile.ZIP_STORED).replace(b"abcdefghij", b"abcdefghiX", 1)
    put(tmp_path, data)
    assert rules_by_member(landing.scan(tmp_path)) == {"a.csv": "damaged_member"}
    put(tmp_path, packed({"a.csv": b"a" * 100}, zipfile.ZIP_LZMA))
    assert rules_by_member(landing.scan(tmp_path)) == {"a.csv": "damaged_member"}


def test_an_envelope_in_an_envelope_is_not_opened(tmp_path: Path, desk: Any, rules_of: Any, pack: Any) -> None:
    inner = pack({"a.csv": b"a"})
    put(tmp_path, packed({"里.zip": inner}))
    (file,) = landing.scan(tmp_path).files
    assert file.path == f"{PLACE}!/里.zip"
    assert rules_of(desk.deliver(inner, name="包.zip!/里.zip")) == {"nested_archive"}


def test_too_many_members_and_too_many_bytes(monkeypatch: pytest.MonkeyPatch, pack: Any) -> None:
    data = pack({f"{n}.csv": b"\0" * 1000 for n in range(20)})
    assert len(unpack.open_envelope(data).members or []) == 20
    for limit, value in (("MAX_MEMBERS", 19), ("MAX_UNPACKED", 19_999)):
        with monkeypatch.context() as changed:
            changed.setattr(unpack, limit, value)
            with pytest.raises(Refused) as refused:
                unpack.open_envelope(data)
            assert refused.value.rule == "archive_too_large"


def test_a_bomb_is_refused_whole(tmp_path: Path, desk: Any, rules_of: Any) -> None:
    """No member alone is too large, and the archive itself is small."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for number in range(3):
            with container.open(f"{number}.csv", "w") as member:
                for _ in range(unpack.MAX_UNPACKED // 3 // (1 << 20) + 1):
                    member.write(b"\0" * (1 << 20))
    data = buffer.getvalue()
    assert len(data) < 1 << 20
    put(tmp_path, data)
    found = landing.scan(tmp_path)
    assert ([file.path for file in found.files], found.envelopes) == ([PLACE], [])
    assert rules_of(desk.deliver(data)) == {"archive_too_large"}


def test_empty_and_cut_archives(desk: Any, rules_of: Any, pack: Any) -> None:
    assert rules_of(desk.deliver(pack({"__MACOSX/a": b"x"}))) == {"empty_archive"}
    assert rules_of(desk.deliver(packed({}))) == {"empty_archive"}
    data = pack({"a.csv": os.urandom(5000)})
    for length in (40, len(data) // 2, len(data) - 10):
        assert rules_of(desk.deliver(data[:length])) == {"damaged_archive"}


@pytest.mark.parametrize("magic", [b"Rar!\x1a\x07\x01\x00", b"\x1f\x8b\x08\x00", b"BZh91AY", b"\xfd7zXZ\x00"])
def test_other_archives_are_named(desk: Any, rules_of: Any, magic: bytes) -> None:
    result = desk.deliver(magic + bytes(100))
    assert rules_of(result) == {"unsupported_archive"}
    assert "zip" in result.fix


class Office:
    """A home with a landing folder, worked on by nights that judge nothing."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path / "home").create()
        self.landing = path / "landing"
        self.landing.mkdir()

    def open(self) -> OpenNight:
        number, self.batches = nights.open_night(self.home, self.landing, None, "run", "2026-03-01")
        return OpenNight(self.home, number)

    def night(self) -> list[tuple[str, str]]:
        """Files judged tonight and the rule each was refused with."""
        work = self.open()
        for batch in self.batches:
            nights.parse_batch(self.home, work.number, batch)
        results = work.results()
        rows = [
            {"night": work.number, "delivery_night": work.number, "submission_id": r.submission_id, "file_name": r.file_name}
            | {"status": "refused" if r.refused else "accepted", "reason": r.reason, "sha256": r.sha256}
            for r in [*results, *work.plan.unreadable]
        ]
        for name in SCHEMAS:
            work.write_table(name, [])
        empty = dict.fromkeys(SCHEMAS["submissions"].names)
        inventory.enter(work, {"submissions": [empty | row for row in rows]})
        recorded = work.read_table("submissions").to_pylist()
        nights.commit_night(self.home, work.number, "run")
        return sorted((row["file_name"], row["status"]) for row in recorded)

    @property
    def inventory(self) -> list[str]:
        ledger = Ledger(self.home)
        return [row["path"] for row in ledger.table("inventory", ledger.numbers()[-1]).to_pylist()]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_night_takes_the_members_once(office: Office, pack: Any, census: bytes, desk: Any) -> None:
    two = desk.xlsx({"a": [desk.header, desk.school_row(学校标识码="2199010002")]})
    put(office.landing, pack({"甲.xlsx": census, "甲（副本）.xlsx": census, "里/乙.xlsx": two}))
    assert office.night() == [(f"{PLACE}!/甲.xlsx", "accepted"), (f"{PLACE}!/里/乙.xlsx", "accepted")]
    assert set(office.inventory) == {PLACE, f"{PLACE}!/甲.xlsx", f"{PLACE}!/甲（副本）.xlsx", f"{PLACE}!/里/乙.xlsx"}
    assert office.night() == []
    (office.landing / PLACE).unlink()
    put(office.landing, census, "990101/2025/甲.xlsx")
    assert office.night() == []  # unpacked by hand: no new delivery
    assert not [path for path in office.home.path.rglob("*") if "甲" in path.name or "包" in path.name]


def test_a_refused_member_is_recorded_once_and_harms_no_other(office: Office, census: bytes) -> None:
    data = packed({"nnnnnnnn.csv": b"x", "甲.xlsx": census, "里.zip": packed({"a": b"a"})})
    put(office.landing, renamed(data, b"nnnnnnnn.csv", b"../../nn.csv"))
    assert office.night() == [
        (f"{PLACE}!/../../nn.csv", "refused"),
        (f"{PLACE}!/甲.xlsx", "accepted"),
        (f"{PLACE}!/里.zip", "refused"),
    ]
    assert office.night() == []


def test_an_envelope_that_is_refused_is_a_submission(office: Office) -> None:
    put(office.landing, packed({"a.csv": b"a" * 50})[:-30])
    assert office.night() == [(PLACE, "refused")]


def test_an_envelope_refused_before_and_opened_now_is_refused_no_longer(
    office: Office, census: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office.landing, packed({"甲.xlsx": census}))
    with monkeypatch.context() as before:
        before.setattr(unpack, "MAX_MEMBERS", 0)
        before.setattr(envelope._child, "ask", in_this_process)
        assert office.night() == [(PLACE, "refused")]
    (refused,) = Ledger(office.home).table("submissions").column("submission_id").to_pylist()
    assert office.night() == [(f"{PLACE}!/甲.xlsx", "accepted")]
    lying = Ledger(office.home).table("inventory", 2).to_pylist()
    assert {row["path"] for row in lying} == {PLACE, f"{PLACE}!/甲.xlsx"}
    assert refused not in {row["submission_id"] for row in lying}


def in_this_process(data: bytes, name: str | None) -> Any:
    _, reply = unpack.answer(None, data, name)
    if isinstance(reply, Refused):
        raise Refusal(reply.rule, detail=reply.detail)
    return reply


@pytest.mark.parametrize("change", ["replaced", "cut", "gone"])
def test_an_envelope_that_changes_while_it_is_read_is_still_arriving(office: Office, census: bytes, change: str) -> None:
    path = put(office.landing, packed({"甲.xlsx": census}))
    work = office.open()
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(packed({"甲.xlsx": b"other"}) if change == "replaced" else path.read_bytes()[:-40])
    nights.parse_batch(office.home, work.number, office.batches[0])
    (result,) = work.results()
    assert [fault.rule for fault in result.faults] == ["still_arriving"]
    assert not [path for path in office.home.archive.rglob("*") if path.is_file()]


def test_a_name_with_the_mark_and_one_that_is_too_long(tmp_path: Path) -> None:
    put(tmp_path, b"x", "990101/2025/a!/b.csv")
    assert envelope.member_of(tmp_path, "990101/2025/a!/b.csv") is None
    name = "校" * 250 + "!/x.csv"
    put(tmp_path, packed({name: b"long"}))
    (file,) = [found for found in landing.scan(tmp_path).files if found.path.startswith(PLACE)]
    place = envelope.member_of(tmp_path, file.path)
    assert place is not None
    assert envelope.read(*place) == b"long"
    with pytest.raises(Refusal):
        envelope.read(place[0], "not there")

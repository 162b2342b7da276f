"""Any changed byte of published/, archive/ and ledger/ is found, and the first broken link is named."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from junheng.cli.main import main
from junheng.core import chain
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from publish.release import publication
from publish.release.manifest import Details
from publish.release.release import Release
from publish.trust import signoff
from publish.trust.verify import verify
from tests.unit.publish.fake_home import commit_night, make_build, submission, write_bronze
from tests.unit.publish.fake_marts import Shape, write_manifest

ORIGINALS = [b"an export", b"another export"]


def archived(home: Home, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    path = home.original(sha256)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return sha256


def publish(home: Home, manifest: Path, seed: int) -> Release:
    return publication.publish(home, make_build(home, Shape(seed=seed)), manifest, Details("2026-11-22T01:00:00+08:00"))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Two nights, two releases, the way back to the first, and a signature."""
    folder = tmp_path_factory.mktemp("verify")
    home = Home(folder / "home").create()
    manifest = write_manifest(folder / "manifest.json")
    write_bronze(home)
    for number, data in enumerate(ORIGINALS):
        commit_night(home, [submission(sha256=archived(home, data))])
        publish(home, manifest, number)
    publish(home, manifest, 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUNHENG_REVIEWERS", "chief")
        answer = signoff.Answer(True, "chief", "2026-11-23T09:30:00+08:00")
        signoff.decide(home, signoff.ask(home, is_open_to_all=False), answer, "run", is_open_to_all=False)
    return home


@pytest.fixture
def home(original: Home, tmp_path: Path) -> Home:
    shutil.copytree(original.path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def broken(home: Home) -> list[str]:
    return [found.path for found in verify(home).breaks]


def writable(path: Path) -> Path:
    path.chmod(0o644)
    return path


def test_an_untouched_home_is_intact(original: Home) -> None:
    found = verify(original)
    assert found.breaks == []
    assert found.notices == []
    assert found.entries == len(list((original.ledger / "chain").iterdir())) == 6
    places = ("published", "archive", "ledger", "bronze", "quarantine")
    every = [p for place in places for p in (original.path / place).rglob("*") if p.is_file()]
    assert found.files == len([p for p in every if not {"current", "signed"} & set(p.relative_to(original.path).parts)])


def test_a_manifest_names_what_it_follows_and_what_it_was_made_of(original: Home) -> None:
    first, second = sorted(original.releases.iterdir())
    before, after = (json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (first, second))
    assert before["previous"] is None
    assert after["previous"] == {"release_id": first.name, "manifest_sha256": chain.sha256_of(first / "manifest.json")}
    assert before["inputs"]["nights"].keys() == {"1"}
    assert after["inputs"]["nights"].keys() == {"1", "2"}
    assert after["files"]["junheng.duckdb"] == chain.sha256_of(second / "junheng.duckdb")
    assert after["code"].keys() == {"contracts", "catalogue", "codes", "rules", "dbt_project", "program"}
    assert all(len(rules["sha256"]) == 64 for rules in after["rules"])


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_any_change_of_any_file_is_found(original: Home, data: st.DataObject) -> None:
    places = [original.published, original.archive, original.ledger, original.bronze]
    every = sorted(
        p for place in places for p in place.rglob("*") if p.is_file() and not {original.current, original.signed} & {*p.parents}
    )
    path = data.draw(st.sampled_from(every))
    change = data.draw(st.sampled_from(["flip", "delete", "add", "rename", "swap"]))
    content, mode = path.read_bytes(), path.stat().st_mode
    beside = path.with_name(data.draw(st.text("abcdef0123456789._-", min_size=1, max_size=12).filter(lambda n: n.strip("."))))
    if beside.exists():
        return
    other = data.draw(st.sampled_from(every))
    try:
        path.chmod(0o644)
        if change == "flip":
            at = data.draw(st.integers(0, len(content) - 1))
            path.write_bytes(content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :])
        elif change == "delete":
            path.unlink()
        elif change == "add":
            beside.write_bytes(data.draw(st.binary(max_size=8)))
        elif change == "rename":
            path.rename(beside)
        elif other.read_bytes() == content:
            return
        else:
            path.write_bytes(other.read_bytes())
        found = broken(original)
    finally:
        beside.unlink(missing_ok=True)
        path.write_bytes(content)
        path.chmod(mode)
    changed = (beside if change == "add" else path).relative_to(original.path).as_posix()
    # an entry that is gone is seen by the one that follows it, the last one by what it told of
    assert changed in found or (changed.startswith("ledger/chain/") and found)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("published/releases/{first}/manifest.json", "被改动过"),
        ("published/releases/{first}/parquet/dim_county.parquet", "被改动过"),
        ("ledger/nights/000001/submissions.parquet", "被改动过"),
        ("ledger/chain/{entry}", "与它名称里的哈希不符"),
    ],
)
def test_the_first_broken_link_is_named(
    home: Home, capsys: pytest.CaptureFixture[str], what: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    entry = chain.of_home(home).paths()[1].name
    path = what.format(first=min(home.releases.iterdir()).name, entry=entry)
    file = writable(home.path / path)
    file.write_bytes(file.read_bytes() + b" ")
    assert main(["verify", "--home", str(home.path)]) == 1
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("✗"))
    assert path in line
    assert reason in line


def test_the_command_says_that_all_is_well(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--home", str(home.path)]) == 0
    out = "".join(capsys.readouterr().out.split())
    assert "完好" in out
    head = verify(home).head
    assert head in out
    assert main(["verify", "--home", str(home.path), "--anchor", head]) == 0
    assert main(["verify", "--home", str(home.path), "--anchor", "0" * 64]) == 1
    assert main(["verify", "--home", str(home.path / "nowhere")]) == 2


def rewritten(home: Home) -> str:
    """Change the first night and write the whole chain anew, as one who may write everywhere can. Returns the old head."""
    head = verify(home).head
    entries = list(chain.of_home(home).entries())
    file = writable(home.nights / "000001" / "night.json")
    file.write_text(file.read_text(encoding="utf-8") + " ", encoding="utf-8")
    for path in chain.of_home(home).paths():
        path.unlink()
    for entry in entries:
        files = {path: chain.sha256_of(home.path / path) for path in entry.body.get("files", {})}
        chain.of_home(home).append(entry.kind, entry.body | ({"files": files} if files else {}))
    return head


def test_a_chain_written_anew_contradicts_the_manifests_and_what_was_noted(home: Home) -> None:
    head = rewritten(home)
    reasons = [found.reason for found in verify(home, head).breaks]
    assert any("第 1 夜台账的哈希" in reason for reason in reasons)
    assert any("整个重写过" in reason for reason in reasons)


def remove_last_entry(home: Home) -> None:
    chain.of_home(home).paths()[-1].unlink()


def remove_chain(home: Home) -> None:
    shutil.rmtree(home.ledger / "chain")


def move_link(home: Home) -> None:
    home.current.unlink()
    home.current.symlink_to(Path("releases") / max(home.releases.iterdir()).name)


def remove_link(home: Home) -> None:
    home.current.unlink()


def replace_by_nothing(home: Home) -> None:
    path = min(home.releases.iterdir()) / "junheng.duckdb"
    path.unlink()
    path.symlink_to(home.path / "nowhere")


def replace_by_link(home: Home) -> None:
    path = min(home.releases.iterdir()) / "junheng.duckdb"
    path.rename(home.path / "elsewhere")
    path.symlink_to(home.path / "elsewhere")


def add_release(home: Home) -> None:
    shutil.copytree(min(home.releases.iterdir()), home.releases / "r0009-000000000000")


def remove_night(home: Home) -> None:
    shutil.rmtree(home.nights / "000002")


def remove_archive(home: Home) -> None:
    shutil.rmtree(home.archive)


@pytest.mark.parametrize(
    "change",
    [
        *(remove_last_entry, remove_chain, move_link, remove_link, replace_by_link, replace_by_nothing),
        *(add_release, remove_night, remove_archive),
    ],
    ids=lambda change: change.__name__,
)
def test_whole_folders_links_and_the_end_of_the_chain(home: Home, change: Callable[[Home], None]) -> None:
    change(home)
    assert broken(home)


def test_what_a_killed_run_leaves_is_told_and_no_break(home: Home) -> None:
    (home.ledger / ".open-000003").mkdir()
    (home.ledger / ".open-000003" / "plan.json").write_text("{}")
    (home.releases / ".tmp-r0003-000000000000").mkdir()
    (home.releases / ".tmp-r0003-000000000000" / "manifest.json").write_text("{}")
    archived(home, b"of a killed night")
    found = verify(home)
    assert found.breaks == []
    assert len(found.notices) == 3


def test_lists_of_the_meetings_are_no_alarm(home: Home) -> None:
    for name in ("2026-03-02_990101_每周会商清单.xlsx", ".2026-03-02.html.12.tmp"):
        path = home.dispatch / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"list")
    found = verify(home)
    assert found.breaks == []
    assert len(found.notices) == 1


@pytest.mark.parametrize("place", ["archive", "ledger", "bronze", "published/releases"])
def test_what_lies_there_is_named_whatever_it_is(home: Home, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    original = next(path for path in home.archive.rglob("*") if path.is_file())
    folder = home.path / place
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/dev/zero")
    (folder / "a\x1b[2J\nb").write_bytes(b"")
    (folder / os.fsdecode(b"\xff")).write_bytes(b"")
    original.unlink()
    os.mkfifo(original)
    assert main(["verify", "--home", str(home.path)]) == 1
    out = "".join(capsys.readouterr().out.split())
    assert "\x1b" not in out
    for name in ("pipe", "link", r"a\x1b[2J\nb", r"\udcff"):
        assert f"{place}/{name}" in out
    assert original.name in out


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (os.mkfifo, "管道"),
        (lambda path: path.symlink_to("/etc/passwd"), "链接"),
        (Path.mkdir, "文件夹"),
        (str, "不见了"),
        (Path.touch, "改动过"),
    ],
)
@pytest.mark.parametrize("place", ["archive", "ledger/nights", "bronze", "published/releases"])
def test_it_is_said_what_lies_where_a_file_was(home: Home, place: str, put: Callable[[Path], object], said: str) -> None:
    path = min(path for path in (home.path / place).rglob("*") if path.is_file() and path.name != "manifest.json")
    path.unlink()
    put(path)
    (found,) = verify(home).breaks
    assert (found.path, [word for word in ("管道", "链接", "文件夹", "不见了", "改动过") if word in found.reason]) == (
        path.relative_to(home.path).as_posix(),
        [said],
    )


def test_a_copy_of_a_home_that_was_cut_off_anywhere_is_named(home: Home) -> None:
    shutil.rmtree(home.ledger / "nights")
    (home.ledger / "nights").write_bytes(b"")
    assert broken(home)
    shutil.rmtree(home.releases)
    home.releases.mkdir()
    assert broken(home)
    shutil.rmtree(home.ledger / "chain")
    (home.ledger / "chain").write_bytes(b"")
    verify(home)


def test_a_night_or_release_left_without_its_entry_gets_it_and_says_so(home: Home, tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "manifest.json")
    commit_night(home, [submission(sha256=hashlib.sha256(ORIGINALS[0]).hexdigest())])
    publish(home, manifest, 2)
    for path in chain.of_home(home).paths()[-2:]:
        path.unlink()
    assert broken(home)
    done = publish(home, manifest, 2)
    assert done.release_id.startswith("r0003-")
    found = verify(home)
    assert found.breaks == []
    assert [notice.split("：")[0] for notice in found.notices] == ["第 3 夜", done.release_id]


def test_a_release_that_nothing_published_is_neither_entered_nor_served(home: Home, tmp_path: Path) -> None:
    add_release(home)
    planted = home.releases / "r0009-000000000000"
    file = writable(planted / "manifest.json")
    file.write_text(file.read_text(encoding="utf-8").replace('"content_hash": "', '"content_hash": "f'), encoding="utf-8")
    done = publish(home, write_manifest(tmp_path / "manifest.json"), 3)
    assert done.release_id.startswith("r0010-")
    assert broken(home)
    assert all(planted.name in path for path in broken(home))


def without_chain(home: Home) -> None:
    """Make the home what an earlier version left: no chain, no signature, and no word of them."""
    remove_chain(home)
    shutil.rmtree(home.ledger / "signatures")
    shutil.rmtree(home.signed_papers)
    home.signed.unlink()
    for folder in home.nights.iterdir():
        night = json.loads((folder / "night.json").read_text(encoding="utf-8"))
        del night["in_chain"]
        (folder / "night.json").write_text(json.dumps(night), encoding="utf-8")
    for folder in home.releases.iterdir():
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        for name in ("previous", "files", "inputs", "code"):
            del data[name]
        writable(folder / "manifest.json").write_text(json.dumps(data), encoding="utf-8")


def test_what_was_published_before_there_was_a_chain_is_told_and_protected_from_then_on(home: Home, tmp_path: Path) -> None:
    without_chain(home)
    found = verify(home)
    assert found.breaks == []
    assert [notice[-12:] for notice in found.notices] == ["发布于建链之前，无从核对"] * 2
    commit_night(home, [submission(sha256=hashlib.sha256(ORIGINALS[0]).hexdigest())])
    done = publish(home, write_manifest(tmp_path / "manifest.json"), 4)
    assert done.release_id.startswith("r0003-")
    found = verify(home)
    assert found.breaks == []
    assert len(found.notices) == 2
    writable(min(home.releases.iterdir()) / "junheng.duckdb").write_bytes(b"")
    assert broken(home) == [f"published/releases/{min(home.releases.iterdir()).name}/junheng.duckdb"]


def test_a_broken_chain_does_not_stop_the_next_night(home: Home, tmp_path: Path) -> None:
    writable(chain.of_home(home).paths()[2]).write_bytes(b"\x00")
    commit_night(home, [submission()])
    assert Ledger(home).numbers() == [1, 2, 3]
    assert publish(home, write_manifest(tmp_path / "manifest.json"), 5).release_id.startswith("r0003-")
    assert [path[:19] for path in broken(home)] == ["ledger/chain/000003"]


def test_a_home_that_a_run_holds_is_not_verified(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from junheng.core.home import HomeLocked

    def held(*_: object) -> None:
        raise HomeLocked(str(home.path))

    monkeypatch.setattr(Home, "lock", held)
    assert main(["verify", "--home", str(home.path)]) == 5


def test_files_of_the_ledger_beside_the_nights_are_entered_once(home: Home) -> None:
    path = home.ledger / "issue_events" / "000002-0123456789ab.parquet"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"events")
    assert [found.path for found in verify(home).breaks] == ["ledger/issue_events/000002-0123456789ab.parquet"]
    for _ in range(2):
        chain.seal_files(home, [path])
    assert verify(home).breaks == []
    assert verify(home).entries == 7
    path.write_bytes(b"other events")
    chain.seal_files(home, [path])
    assert [found.path for found in verify(home).breaks] == ["ledger/issue_events/000002-0123456789ab.parquet"]


def test_figures_for_monitoring_are_part_of_no_release(home: Home) -> None:
    from publish import steps

    before = verify(home).breaks
    steps.measure(home)
    assert (home.metrics / "openmetrics.txt").is_file()
    assert verify(home).breaks == before

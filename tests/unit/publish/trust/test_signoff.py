"""A signature is bound to one release, recorded for good, shown on its pages, and never given without a name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from junheng.core import chain
from junheng.core.home import Home
from publish.release import publication, signature
from publish.release.manifest import Details
from publish.release.release import read_current
from publish.release.signature import APPROVED, REFUSED, VOID, Decision
from publish.trust import signoff
from publish.trust.signoff import Answer, NotSigned, Request
from publish.trust.verify import verify
from tests.unit.publish.fake_home import commit_night, make_build, refused, submission, write_bronze
from tests.unit.publish.fake_marts import Shape, make_rows, write_manifest, write_marts

YES = Answer(True, "chief", "2026-11-23T09:30:00+08:00", "同意，电话 13812345678")
NO = replace(YES, is_approved=False, note="初中数据未核实")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("signoff")
    home = Home(folder / "home").create()
    write_bronze(home)
    commit_night(home, [submission(), refused()])
    commit_night(home, [submission()])
    write_manifest(home.path / "dbt.json")
    publish(home, 1)
    publish(home, 2)
    return home


@pytest.fixture
def home(original: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("JUNHENG_REVIEWERS", "chief, deputy")
    shutil.copytree(original.path, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def publish(home: Home, seed: int) -> str:
    details = Details("2026-11-22T01:00:00+08:00")
    return publication.publish(home, make_build(home, Shape(seed=seed)), home.path / "dbt.json", details).release_id


def ask(home: Home) -> Request:
    return signoff.ask(home, is_open_to_all=False)


def decide(home: Home, answer: Answer = YES, run: str = "run", request: Request | None = None) -> Decision:
    return signoff.decide(home, request or ask(home), answer, run, is_open_to_all=False)


def stamp(home: Home, release_id: str) -> str:
    return (home.releases / release_id / "audit" / "signature" / "stamp.css").read_text(encoding="utf-8")


def intact(home: Home) -> bool:
    return verify(home).breaks == []


def test_an_approval_is_recorded_shown_and_linked(home: Home) -> None:
    request = ask(home)
    assert request.reviewers == ["chief", "deputy"]
    assert request.manifest_sha256 in request.body
    assert "总结论待定的区县" in request.body
    done = decide(home, request=request)
    assert (done.decision, done.by, done.note) == (APPROVED, "chief", "同意，电话 ***")
    assert done.manifest_sha256 == chain.sha256_of(home.current / "manifest.json")
    current = read_current(home)
    assert current is not None
    assert current.signature == done
    assert home.signed.readlink() == home.current.readlink()
    assert "已签发 2026-11-23" in stamp(home, current.release_id)
    page = (home.current / "audit" / "signature" / "index.html").read_text(encoding="utf-8")
    assert "同意签发" in page
    assert done.sha256 in page
    shown = json.loads((home.current / "audit" / "signature" / "signatures.json").read_text(encoding="utf-8"))
    assert [entry["by"] for entry in shown] == ["chief"]
    assert intact(home)


def test_until_then_it_is_unsigned(home: Home) -> None:
    current = read_current(home)
    assert current is not None
    assert current.signature is None
    assert signature.said(None) == "未签发"
    assert "未签发" in stamp(home, current.release_id)
    assert not home.signed.exists()


def test_a_refusal_is_recorded_and_keeps_the_release_out(home: Home) -> None:
    done = decide(home, NO)
    assert done.decision == REFUSED
    assert not home.signed.is_symlink()
    assert "拒绝签发" in stamp(home, done.release_id)
    assert "初中数据未核实" in (home.current / "audit" / "signature" / "index.html").read_text(encoding="utf-8")
    assert intact(home)


def test_a_refusal_after_an_approval_takes_it_back(home: Home) -> None:
    decide(home, YES, "first")
    decide(home, replace(NO, by="deputy"), "second")
    assert not home.signed.is_symlink()
    decide(home, YES, "third")
    assert home.signed.is_symlink()
    assert [d.decision for d in signature.decisions(home)] == [APPROVED, REFUSED, APPROVED]
    assert intact(home)


def test_a_rebuild_voids_the_request_and_leaves_the_signed_release_where_it_is(home: Home) -> None:
    signed = decide(home).release_id
    request = ask(home)
    rebuilt = publish(home, 3)
    done = decide(home, YES, "late", request)
    assert done.decision == VOID
    assert home.signed.readlink().name == signed != rebuilt
    current = read_current(home)
    assert current is not None
    assert current.release_id == rebuilt
    assert current.signature is None
    assert "未签发" in stamp(home, rebuilt)
    assert signature.state(home, signed) is not None
    assert intact(home)


def test_a_run_records_one_answer_however_often_it_is_repeated(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    request = ask(home)
    with monkeypatch.context() as patch:
        patch.setattr(signoff, "_show", lambda *_: None)  # killed between record and chain
        decide(home, request=request)
    assert not intact(home)
    decide(home, request=request)
    assert len(signature.decisions(home)) == 1
    assert home.signed.is_symlink()
    assert intact(home)
    entries = len(chain.of_home(home).paths())
    decide(home, request=request)
    assert len(chain.of_home(home).paths()) == entries


def test_nothing_is_signed_where_everybody_is_an_administrator(home: Home) -> None:
    with pytest.raises(NotSigned, match="simple_auth_manager_all_admins"):
        signoff.ask(home, is_open_to_all=True)
    request = ask(home)
    with pytest.raises(NotSigned, match="simple_auth_manager_all_admins"):
        signoff.decide(home, request, YES, "run", is_open_to_all=True)
    with pytest.raises(NotSigned, match="Anonymous 不是指定的签发人"):
        decide(home, replace(YES, by="Anonymous"))
    assert signature.decisions(home) == []


def test_nobody_named_nothing_published_nothing_in_the_chain(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotSigned, match="还没有发布版本"):
        ask(Home(tmp_path / "empty").create())
    shutil.rmtree(home.ledger / "chain")
    for folder in home.nights.iterdir():
        (folder / "night.json").write_text('{"as_of": "2026-11-21"}')
    for folder in home.releases.iterdir():
        data = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        del data["previous"]
        (folder / "manifest.json").chmod(0o644)
        (folder / "manifest.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(NotSigned, match="发布于建链之前"):
        ask(home)
    monkeypatch.setenv("JUNHENG_REVIEWERS", " ,")
    with pytest.raises(NotSigned, match="JUNHENG_REVIEWERS"):
        ask(home)


def edit_release(home: Home) -> None:
    file = home.current / "parquet" / "dim_county.parquet"
    file.chmod(0o644)
    file.write_bytes(b"")


def edit_manifest(home: Home) -> None:
    file = home.current / "manifest.json"
    file.chmod(0o644)
    file.write_text(file.read_text(encoding="utf-8").replace("2026-11-22", "2026-11-21"), encoding="utf-8")


@pytest.mark.parametrize("edit", [edit_release, edit_manifest], ids=lambda edit: edit.__name__)
def test_an_edited_release_is_not_signed_and_a_signed_one_is_told(home: Home, edit: Callable[[Home], None]) -> None:
    request = ask(home)
    edit(home)
    with pytest.raises(NotSigned, match="哈希链断开"):
        ask(home)
    with pytest.raises(NotSigned, match="哈希链断开"):
        decide(home, request=request)
    assert signature.decisions(home) == []


def test_a_signature_of_another_manifest_counts_for_nothing(home: Home) -> None:
    done = decide(home)
    edit_manifest(home)
    assert signature.state(home, done.release_id) is None


def forge(home: Home, **changed: object) -> None:
    """A signature as its author would write it: well formed, linked, and in no chain."""
    true = ask(home)
    decision = Decision(APPROVED, true.release_id, true.content_hash, true.manifest_sha256, "chief", "t", "", ("chief",))
    signature.append(home, replace(decision, **changed))


def test_a_forged_signature_is_found(home: Home) -> None:
    forge(home)
    assert any("伪造" in found.reason for found in verify(home).breaks)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"manifest_sha256": "0" * 64}, "不是 r0002-.* 入链时的"), ({"by": "clerk"}, "clerk 不在指定签发人之列")],
)
def test_a_forged_signature_with_an_entry_of_its_own_is_held_against_the_release(
    home: Home, changed: dict[str, object], reason: str
) -> None:
    import re

    forge(home, **changed)
    signoff._show(home, ask_without_check(home))
    assert any(re.search(reason, found.reason) for found in verify(home).breaks)


def ask_without_check(home: Home) -> str:
    current = read_current(home)
    assert current is not None
    return current.release_id


def edit_decision(home: Home) -> None:
    path = signature.record(home).paths()[0]
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace('"chief"', '"other"'), encoding="utf-8")


def remove_decision(home: Home) -> None:
    signature.record(home).paths()[0].unlink()


def edit_stamp(home: Home) -> None:
    path = home.current / "audit" / "signature" / "stamp.css"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace("2026-11-23", "2026-11-24"), encoding="utf-8")


def move_signed(home: Home) -> None:
    home.signed.unlink()
    home.signed.symlink_to(Path("releases") / min(home.releases.iterdir()).name)


def remove_signed(home: Home) -> None:
    home.signed.unlink()


@pytest.mark.parametrize(
    "change",
    [edit_decision, remove_decision, edit_stamp, move_signed, remove_signed, edit_release, edit_manifest],
    ids=lambda change: change.__name__,
)
def test_whatever_is_changed_after_signing_is_found(home: Home, change: Callable[[Home], None]) -> None:
    decide(home)
    assert intact(home)
    change(home)
    assert not intact(home)


def test_what_reviewers_are_shown_is_what_the_record_keeps(home: Home) -> None:
    request = ask(home)
    done = decide(home, request=request)
    assert [*done.findings] == request.findings != []
    assert Request.from_dict(asdict(request)) == request


def test_open_checks_are_told_in_the_words_of_the_ledger(tmp_path: Path) -> None:
    tables = make_rows(Shape())
    passed = tables["aud_check_result"][0]
    tables["aud_check_result"] += [
        (*passed[:1], "declared_agrees.G11", *passed[2:8], "fail", "1", "0", 1, 1, "计算为 100，县级填报为 102", ""),
        (*passed[:1], "late_check", *passed[2:8], "did_not_run", None, "0", None, None, None, ""),
        (*passed[:1], "dated", *passed[2:7], "warn", "warn", "3", "0", 9, 3, None, ""),
        (*passed[:1], "settled", *passed[2:7], "warn", "warn", "4", "0", 9, 4, None, ""),
    ]
    given = tables["dim_check"][0][4:]
    tables["dim_check"] += [("dated", "school_census", "提醒", True, *given), ("settled", "school_census", "提醒", False, *given)]
    found = signoff.open_findings(write_marts(tmp_path / "junheng.duckdb", Shape(), tables))
    assert [(f.check_id, f.status, f.count, f.example) for f in found if f.severity == "error"] == [
        ("late_check", "did_not_run", 1, ""),
        ("declared_agrees.G11", "fail", 1, "计算为 100，县级填报为 102"),
        ("dated", "warn", 1, "3"),
    ]
    assert ("settled", "warn") in [(f.check_id, f.severity) for f in found]


def test_a_check_is_named_by_its_title_with_the_way_to_what_it_means(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUNHENG_SITE_URL", raising=False)
    assert signoff._shown("census.pupils", "在校生合计") == "在校生合计（census.pupils）"
    assert signoff._shown("总结论待定的区县", None) == "总结论待定的区县"
    monkeypatch.setenv("JUNHENG_SITE_URL", "https://office.invalid/site/")
    link = "https://office.invalid/site/../audit/dim_check.html#census.pupils"
    assert signoff._shown("census.pupils", "在校生合计") == f"[在校生合计]({link})（census.pupils）"

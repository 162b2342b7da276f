"""Whatever lies in landing has a line of its own by name, each once: copies, empty files, members of archives, links."""

from __future__ import annotations

import os

import pytest

from ingest.landing import inventory
from junheng.cli.nightly import _copies
from junheng.core.messages import Messages
from publish.build.facts import night_facts
from publish.site.deliveries import all_deliveries
from tests.unit.ingest.made import FOLDER, World, census, packed


def test_copies_in_one_folder_are_told_by_name(world: World) -> None:
    for name in ("a.csv", "b.csv", "下级/a.csv"):
        world.put(f"{FOLDER}/{name}", census())
    told = ("repeated", f"与“{FOLDER}/a.csv”的内容完全相同，只读了那一份。")
    assert world.night() == {"a.csv": ("accepted", ""), "b.csv": told, "下级/a.csv": told}
    facts = night_facts(world.home)
    assert [file.file_name for file in facts.refused] == []
    assert all_deliveries(facts, []).repeated == [(f"{FOLDER}/b.csv", told[1]), (f"{FOLDER}/下级/a.csv", told[1])]
    assert list(_copies(facts, Messages()))[1] == f"  = {FOLDER}/b.csv｜{told[1]}"
    assert world.night() == {}
    assert night_facts(world.home).repeated == ()


def test_a_copy_that_comes_later_is_told(world: World) -> None:
    world.put(f"{FOLDER}/a.csv", census())
    world.night()
    world.put(f"{FOLDER}/b.csv", census())
    assert world.night()["b.csv"][0] == "repeated"
    world.put("9901/2025/c.csv", census())
    assert world.night()["9901/2025/c.csv"][0] == "accepted"


def test_copies_of_a_refused_file_are_refused_like_it(world: World) -> None:
    for name in ("a.csv", "b.csv"):
        world.put(f"{FOLDER}/{name}", census("约300"))
    found = world.night()
    assert found["a.csv"] == found["b.csv"]
    assert found["a.csv"][0] == "refused"
    assert world.night() == {}
    assert [file.file_name for file in night_facts(world.home).refused] == [f"{FOLDER}/a.csv", f"{FOLDER}/b.csv"]
    (world.landing / FOLDER / "b.csv").unlink()
    assert world.night() == {}
    assert [file.file_name for file in night_facts(world.home).refused] == [f"{FOLDER}/a.csv"]


def test_copies_in_several_folders_keep_a_line_each(world: World) -> None:
    names = [f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "9901/2025/a.csv", "9901/2025/b.csv", "990102/2025/a.csv", "990102/2025/b.csv"]
    for name in names:
        world.put(name, census())
    found = world.night()
    assert {name: status for name, (status, _) in found.items()} == {
        "9901/2025/a.csv": "accepted",
        "9901/2025/b.csv": "repeated",
        "a.csv": "repeated",
        "b.csv": "repeated",
        "990102/2025/a.csv": "refused",
        "990102/2025/b.csv": "refused",
    }
    assert world.night() == {}


def test_empty_files_have_a_line_each_wherever_they_lie(world: World) -> None:
    world.put(f"{FOLDER}/零.csv", b"")
    world.put(f"{FOLDER}/一.zip", packed({"空.csv": b""}))
    world.put(f"{FOLDER}/二.zip", packed({"空.csv": b""}))
    world.put(f"{FOLDER}/三.zip", packed({"里.zip": packed({})}))
    world.put(f"{FOLDER}/四.zip", packed({}))
    world.put(f"{FOLDER}/五.zip", packed({"夹/": b""}))
    world.put(f"{FOLDER}/六.zip", packed({".DS_Store": b"x"}))
    found = world.night()
    assert set(found) == {"零.csv", "一.zip!/空.csv", "二.zip!/空.csv", "三.zip!/里.zip", "四.zip", "五.zip", "六.zip"}
    assert {status for status, _ in found.values()} == {"refused"}
    assert found["二.zip!/空.csv"][1] == "文件是空的，没有任何内容。"
    assert found["四.zip"][1] == "压缩包里没有任何文件。"


def test_names_that_differ_in_case_and_links_have_a_line_each(world: World) -> None:
    world.put(f"{FOLDER}/a.csv", census())
    world.put(f"{FOLDER}/A.CSV", census("301"))
    for name, target in (("链接.csv", "a.csv"), ("断.csv", "没有"), ("外.csv", "/")):
        (world.landing / FOLDER / name).symlink_to(target)
    os.mkfifo(world.landing / FOLDER / "管道")
    assert set(world.night()) == {"a.csv", "A.CSV", "链接.csv", "断.csv", "外.csv", "管道"}


def test_a_copy_of_a_home_that_did_not_tell_it_yet_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (f"{FOLDER}/a.csv", f"{FOLDER}/b.csv", "9901/2025/a.csv"):
        world.put(name, census())
    with monkeypatch.context() as before:
        before.setattr(inventory, "copies", lambda *_: iter(()))
        before.setattr("expectations.gate._of_copies", lambda *_: [])
        assert set(world.night()) == {"9901/2025/a.csv"}
    assert {name: status for name, (status, _) in world.night().items()} == {"a.csv": "repeated", "b.csv": "repeated"}
    assert world.night() == {}

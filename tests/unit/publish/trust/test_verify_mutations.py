"""Whatever is done to entries of the chain, of the ledger and of the signatures, ``verify`` names it and nothing raises."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from junheng.core import chain
from junheng.core.home import Home
from junheng.core.ledger import Ledger
from junheng.core.records import SCHEMAS
from publish.release import signature
from publish.release.signature import APPROVED, Decision, OpenCheck
from publish.release.succession import MANIFEST
from publish.trust.verify import verify
from tests.unit.publish.fake_home import write_bronze

SEEDS = range(1, 5)
MUTATIONS = 2500
"""Per seed."""
ILL: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    [[]],
    {"": None},
    "../../etc/passwd",
    "/etc/passwd",
    "\0",
    "\ud800",
    "9" * 70,
]


def small_home(path: Path) -> Home:
    """Two nights, a release of a few small files, a signature, a removed release: an entry of every kind."""
    home = Home(path).create()
    for number in (1, 2):
        night = Ledger(home).open_next()
        for name in SCHEMAS:
            night.write_table(name, [])
        write_bronze(night.rows, rows=number)
        night.commit({"night": number, "as_of": f"2026-03-0{number}"})
        folder = home.releases / f"r000{number}-{'0' * 12}"
        (folder / signature.FOLDER).mkdir(parents=True)
        (folder / "junheng.duckdb").write_bytes(b"figures")
        last = chain.known(home).releases
        previous = {"release_id": min(last), "manifest_sha256": last[min(last)]["manifest_sha256"]} if last else None
        said = {
            "previous": previous,
            "inputs": {"nights": {}},
            "files": {"junheng.duckdb": chain.sha256_of(folder / "junheng.duckdb")},
        }
        (folder / MANIFEST).write_text(json.dumps(said))
        body = {"release_id": folder.name, "manifest_sha256": chain.sha256_of(folder / MANIFEST), "current": folder.name}
        chain.of_home(home).append(chain.RELEASE, body)
    digest = chain.sha256_of(folder / MANIFEST)
    finding = OpenCheck("check", "warn", "warn", 1, "file")
    decision = Decision(
        APPROVED, folder.name, "c", digest, "chief", "2026-03-02T09:00:00+08:00", "", ("chief",), (finding,), "run"
    )
    signature.append(home, decision)
    home.current.symlink_to(Path("releases") / folder.name)
    home.signed.symlink_to(Path("releases") / folder.name)
    record = {"release_id": folder.name, "files": signature.record_files(home), "signed": folder.name}
    chain.of_home(home).append(chain.SIGNATURE, record)
    first = min(home.releases.iterdir())
    chain.of_home(home).append(chain.REMOVED, {"release_id": first.name})
    (first / "junheng.duckdb").unlink()
    return home


def places(said: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Ways to every value of a JSON text."""
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


def changed(said: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    copy: Any = dict(said) if isinstance(said, dict) else list(said)
    copy[place[0]] = changed(copy[place[0]], place[1:], value)
    return copy


def other_bytes(data: bytes, rng: random.Random) -> bytes:
    """The same with a bit, a byte, an end or a value changed."""
    at = rng.randrange(len(data))
    match rng.randrange(6):
        case 0:
            return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data[:at] + rng.randbytes(rng.randrange(1, 9)) + data[at:]
        case 3:
            return rng.choice([b"", b"{", b"[" * 9999, b"null", b"1", b'"x"', b"\xff\xfe", b"9" * 5000, b'{"number":1e999}'])
        case _ if data.startswith(b"{"):
            said = json.loads(data)
            return json.dumps(changed(said, rng.choice(places(said)), rng.choice(ILL))).encode(errors="surrogatepass")
        case _:
            return data[::-1]


def fifo(path: Path, _: random.Random) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()


def link(path: Path, rng: random.Random) -> None:
    path.unlink()
    path.symlink_to(rng.choice(["/etc/passwd", "/dev/zero", ".", path.name, "../../../../nowhere"]))


def gone(path: Path, _: random.Random) -> None:
    path.unlink()


def written(path: Path, rng: random.Random) -> None:
    data = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(other_bytes(data, rng))


def rebound(path: Path, rng: random.Random) -> None:
    """An entry that says something else under the name that this gives it, as one who knows the rules would write it."""
    data = other_bytes(path.read_bytes(), rng)
    path.unlink()
    path.with_name(f"{path.name.split('-')[0]}-{hashlib.sha256(data).hexdigest()}.json").write_bytes(data)


def renamed(path: Path, rng: random.Random) -> None:
    number = rng.choice(["000000", "000009", "9" * 30, "000001"])
    path.rename(path.with_name(f"{number}-{path.name.split('-')[1]}"))


ANY: list[Callable[[Path, random.Random], None]] = [written, written, written, fifo, folder, link, gone]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return small_home(tmp_path_factory.mktemp("model") / "home")


def test_the_model_is_intact(model: Home) -> None:
    found = verify(model)
    assert found.breaks == []
    assert found.notices == []
    assert found.entries == 6


def put_back(source: Path, path: Path) -> None:
    """Undo a mutation: whatever lies there or beside it that is not of the model goes."""
    for beside in [path, *path.parent.iterdir()]:
        if beside != path and (source.parent / beside.name).exists():
            continue
        if beside.is_dir() and not beside.is_symlink():
            beside.rmdir()
        else:
            beside.unlink(missing_ok=True)
    shutil.copy2(source, path)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_mutation_is_named_and_nothing_raises(model: Home, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    every = sorted(path for path in model.ledger.rglob("*") if path.is_file())
    home = Home(tmp_path / "home")
    shutil.copytree(model.path, home.path, symlinks=True)
    for number in range(MUTATIONS):
        source = rng.choice(every)
        below = source.relative_to(model.path).as_posix()
        entry = source.parent.name in ("chain", "signatures")
        change = rng.choice([*ANY, rebound, rebound, renamed] if entry else ANY)
        path = home.path / below
        change(path, rng)
        same = path.is_file() and not path.is_symlink() and path.read_bytes() == source.read_bytes()
        told = f"{number}: {change.__name__} of {below}"
        named = [each.path for each in verify(home).breaks]
        assert same or named, told
        is_end = entry and change in (gone, rebound, renamed)  # an end that is gone is seen by what it told of
        assert same or is_end or below in named, told
        put_back(source, path)
    assert verify(home).breaks == []


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "ledger/../../outside", "ledger//x", "ledger/./x", "", "ledger"])
def test_paths_of_an_entry_stay_in_the_home(model: Home, tmp_path: Path, path: str) -> None:
    target = Home(tmp_path / "home")
    shutil.copytree(model.path, target.path, symlinks=True)
    (tmp_path / "outside").write_bytes(b"outside")
    chain.of_home(target).append(chain.FILES, {"files": {path: chain.sha256_of(tmp_path / "outside")}})
    assert [found.path.split("-")[0] for found in verify(target).breaks] == ["ledger/chain/000007"]
    assert path not in chain.known(target).files


@pytest.mark.parametrize("seed", [3])
def test_nights_go_on_whatever_is_wrong_with_an_entry(model: Home, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    every = [*chain.of_home(model).paths(), *signature.record(model).paths()]
    for number in range(40):
        target = Home(tmp_path / str(number))
        shutil.copytree(model.path, target.path, symlinks=True)
        path = target.path / rng.choice(every).relative_to(model.path)
        rng.choice([*ANY, renamed])(path, rng)
        night = Ledger(target).open_next()
        for name in SCHEMAS:
            night.write_table(name, [])
        night.commit({"night": 3, "as_of": "2026-03-03"})
        signature.decisions(target)
        assert Ledger(target).numbers() == [1, 2, 3]
        shutil.rmtree(target.path)


def test_what_is_named_like_a_night_and_is_none_stops_nothing_and_is_named(model: Home, tmp_path: Path) -> None:
    target = Home(tmp_path / "home")
    shutil.copytree(model.path, target.path, symlinks=True)
    for name in ("²", "٣", "7", "9" * 30):
        (target.nights / name).mkdir()
        (target.nights / name / "x").touch()
    (target.nights / "000009").touch()
    night = Ledger(target).open_next()
    for name in SCHEMAS:
        night.write_table(name, [])
    night.commit({"night": 3, "as_of": "2026-03-03"})
    assert Ledger(target).numbers() == [1, 2, 3]
    assert len(verify(target).breaks) == 5

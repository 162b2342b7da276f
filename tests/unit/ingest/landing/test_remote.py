"""A landing elsewhere: S3-compatible storage and a mounted folder through one code path; what is away harms nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fsspec
import pytest
from moto.server import ThreadedMotoServer

from ingest.landing import remote
from ingest.landing.remote import BadRemote
from junheng.core.home import Home
from tests.unit.ingest.landing.sftp_server import LOGIN, server


@dataclass
class Place:
    """Somewhere to deliver to."""

    address: str
    system: Any
    root: str

    def put(self, name: str, content: bytes) -> None:
        path = f"{self.root}/{name}"
        self.system.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self.system.pipe_file(path, content)


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    host, port = s3.get_host_and_port()
    yield f"http://{host}:{port}"
    s3.stop()


@pytest.fixture(params=["file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Place:
    address = f"file://{tmp_path / 'there'}"
    if request.param == "s3":
        login = {"key": LOGIN[0], "secret": LOGIN[1], "endpoint_url": bucket}
        monkeypatch.setitem(fsspec.config.conf, "s3", login)
        name = f"deliveries-{abs(hash(tmp_path))}"
        fsspec.filesystem("s3").mkdir(name)
        address = f"s3://{name}/landing"
    system, root = fsspec.core.url_to_fs(address)
    return Place(address, system, root)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home").create()


def lying(home: Home) -> dict[str, bytes]:
    return {p.relative_to(home.landing).as_posix(): p.read_bytes() for p in home.landing.rglob("*") if p.is_file()}


def fetch(home: Home, place: Place) -> remote.Fetched:
    return remote.fetch(home, home.landing, place.address)


def test_what_comes_changes_and_goes_there_does_here(place: Place, home: Home) -> None:
    place.put("990101/2025/census.csv", b"one")
    place.put("990101/2025/佐证/规划.pdf", b"proof")
    place.put("990101/2025/rest.csv.part", b"half")
    assert fetch(home, place).arrived == ["990101/2025/census.csv", "990101/2025/佐证/规划.pdf"]
    (home.landing / "990101/2025/by hand.csv").write_bytes(b"stays")
    assert fetch(home, place) == ([], [], [])
    place.put("990101/2025/census.csv", b"another")
    place.system.rm(f"{place.root}/990101/2025/佐证/规划.pdf")
    assert fetch(home, place) == (["990101/2025/census.csv"], ["990101/2025/佐证/规划.pdf"], [])
    assert lying(home) == {"990101/2025/census.csv": b"another", "990101/2025/by hand.csv": b"stays"}
    (home.landing / "990101/2025/census.csv").unlink()
    assert fetch(home, place).arrived == ["990101/2025/census.csv"], "what is missing here comes again"


def test_a_file_that_grows_waits_for_the_next_night(place: Place, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("990101/2025/census.csv", b"half")
    copy = place.system.get_file

    def grow(source: str, target: str) -> None:
        copy(source, target)
        place.put("990101/2025/census.csv", b"half and half")

    monkeypatch.setattr(place.system, "get_file", grow)
    assert fetch(home, place).growing == ["990101/2025/census.csv"]
    assert lying(home) == {}
    monkeypatch.setattr(place.system, "get_file", copy)
    assert fetch(home, place).arrived == ["990101/2025/census.csv"]
    assert lying(home) == {"990101/2025/census.csv": b"half and half"}


def test_a_place_that_is_away_changes_nothing(place: Place, home: Home) -> None:
    place.put("990101/2025/census.csv", b"one")
    fetch(home, place)
    before = lying(home)
    place.system.rm(place.root, recursive=True)
    with pytest.raises(OSError, match=r"no such place|is empty"):
        fetch(home, place)
    assert lying(home) == before
    place.put("990101/2025/census.csv", b"one")
    fetch(home, place)
    assert lying(home) == before


def test_a_copy_that_breaks_leaves_no_half(place: Place, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put("990101/2025/census.csv", b"one")

    def full(_: str, target: str) -> None:
        Path(target).write_bytes(b"o")
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(place.system, "get_file", full)
    with pytest.raises(OSError, match="No space"):
        fetch(home, place)
    assert lying(home) == {}
    assert not (home.path / "fetched.json").exists()


def test_thousands_of_files_are_listed_at_once(tmp_path: Path, home: Home) -> None:
    folder = tmp_path / "there" / "990101" / "2025"
    folder.mkdir(parents=True)
    for number in range(3000):
        (folder / f"{number}.csv").write_text(str(number))
    address = f"file://{tmp_path / 'there'}"
    assert len(remote.fetch(home, home.landing, address).arrived) == 3000
    assert remote.fetch(home, home.landing, address) == ([], [], [])
    assert len(json.loads((home.path / "fetched.json").read_text())) == 3000
    shutil.rmtree(folder)
    with pytest.raises(OSError, match="is empty"):
        remote.fetch(home, home.landing, address)
    assert len(lying(home)) == 3000


def test_files_come_over_sftp_from_a_host_that_is_known(tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "there" / "990101" / "2025"
    folder.mkdir(parents=True)
    (folder / "census.csv").write_bytes(b"one")
    (folder / "rest.csv.part").write_bytes(b"half")
    monkeypatch.setenv("HOME", str(tmp_path / "clerk"))
    monkeypatch.setitem(fsspec.config.conf, "sftp", {"username": LOGIN[0], "password": LOGIN[1], "skip_instance_cache": True})
    with server(tmp_path / "clerk") as port:
        address = f"sftp://127.0.0.1:{port}{tmp_path / 'there'}"
        assert remote.fetch(home, home.landing, address).arrived == ["990101/2025/census.csv"]
        assert lying(home) == {"990101/2025/census.csv": b"one"}
        assert remote.fetch(home, home.landing, address) == ([], [], [])
        (folder / "census.csv").write_bytes(b"another")
        assert remote.fetch(home, home.landing, address).arrived == ["990101/2025/census.csv"]
        (tmp_path / "clerk" / ".ssh" / "known_hosts").write_text("")
        with pytest.raises(BadRemote, match="not in known_hosts"):
            remote.fetch(home, home.landing, address)
        assert lying(home) == {"990101/2025/census.csv": b"another"}
    with pytest.raises(OSError, match="connect"):
        remote.fetch(home, home.landing, address)


def test_an_unknown_kind_of_place_is_named_without_what_logs_in(home: Home) -> None:
    with pytest.raises(BadRemote) as refused:
        remote.fetch(home, home.landing, f"gopher://name:{LOGIN[1]}@host/path")
    assert "gopher" in str(refused.value)
    assert LOGIN[1] not in str(refused.value)

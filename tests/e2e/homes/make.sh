#!/bin/sh
# Make the small home that an earlier version left, as tests/e2e/test_upgrade.py finds it: tests/e2e/homes/make.sh COMMIT
# The checkout of the commit sets itself up; the home is made at a place that says nothing of the machine.
set -eu
commit=$1
place=/srv/junheng
here=$(cd "$(dirname "$0")" && pwd)
[ ! -e "$place" ] || { echo "$place is in use"; exit 1; }
old=$(mktemp -d)
trap 'git -C "$here" worktree remove --force "$old/checkout"; rm -rf "$old" "$place"' EXIT
git -C "$here" worktree add --quiet --detach "$old/checkout" "$commit"
cd "$old/checkout"
make setup
.venv/bin/python -c '
from pathlib import Path
from tests.e2e.schools import county, deliver
landing = Path("/srv/junheng/landing")
deliver(landing, county("990101"))
(landing / "990101/2025/buses.csv").write_text("车牌号,线路\n皖A00001,1\n", encoding="utf-8")
'
.venv/bin/junheng nightly --home "$place" --as-of 2026-03-01 || [ $? -eq 3 ]
tar --create --sort=name --owner=0 --group=0 --numeric-owner --exclude=./airflow --exclude=./warehouse --exclude=./.lock -C "$place" . |
  xz -9e >"$here/$commit.tar.xz"

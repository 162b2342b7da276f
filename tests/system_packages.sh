#!/bin/sh
# Debian packages that tests start: docker-compose validates docker-compose.yml, PostgreSQL and redis stand in for its databases, Chromium opens the pages,
# Java runs Spark, LibreOffice edits the workbooks of the issue ledger and opens the papers of a release. npm brings axe-core, which looks at pages as a reader with a screen reader does.
set -eu
missing=""
command -v docker-compose >/dev/null || missing="$missing docker-compose"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
command -v redis-server >/dev/null || missing="$missing redis-server"
command -v chromium >/dev/null || missing="$missing chromium"
{ command -v soffice && /usr/bin/python3 -c "import uno"; } >/dev/null 2>&1 || missing="$missing libreoffice-calc-nogui python3-uno"
ls /usr/lib/libreoffice/program/libswlo.so >/dev/null 2>&1 || missing="$missing libreoffice-writer-nogui"
command -v java >/dev/null || missing="$missing openjdk-17-jre-headless"
command -v npm >/dev/null || missing="$missing npm"
if [ "${1:-}" = clients ]; then  # what make clients reads a release with
  ls /usr/lib/*/odbc/psqlodbcw.so >/dev/null 2>&1 || missing="$missing odbc-postgresql unixodbc"
  [ -f /usr/share/java/postgresql.jar ] || missing="$missing libpostgresql-jdbc-java"
  command -v java >/dev/null || missing="$missing default-jre-headless"
  for driver in libsdbc2 libpostgresql-sdbclo; do
    [ -f "/usr/lib/libreoffice/program/$driver.so" ] || { missing="$missing libreoffice-base-drivers libreoffice-sdbc-postgresql" && break; }
  done
fi
if [ -n "$missing" ]; then
  echo "Installing$missing ..."
  run=""
  [ "$(id -u)" -eq 0 ] || run="sudo -n"
  $run apt-get update -qq >/dev/null
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi
folder="$(dirname "$0")/../.venv/node"
[ -f "$folder/node_modules/axe-core/axe.min.js" ] || { mkdir -p "$folder" && npm install --prefix "$folder" --no-audit --no-fund --silent axe-core@4.10.3; }

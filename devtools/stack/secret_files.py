"""The folder of secrets that the services read: each a file, made at random where it is not there, for its owner alone."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path


def _entered(folder: Path, name: str, text: str) -> str:
    """The secret that stands in a file, or ``text`` written there."""
    path = folder / name
    if not path.exists():
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)  # without an end of line: Airflow takes a secret as it stands
    return path.read_text(encoding="utf-8").strip()


def make(folder: Path, postgres: str = "postgres:5432", redis: str = "redis:6379", redis_lines: str = "") -> None:
    """Make what is missing. ``postgres``, ``redis``: where the two are reached; ``redis_lines``: more settings of redis.

    The addresses of databases repeat passwords; whoever changes a password removes the address as well.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("admin_password", "api_secret_key", "jwt_secret", "person_key"):
        _entered(folder, name, secrets.token_urlsafe(32))
    _entered(folder, "fernet_key", base64.urlsafe_b64encode(os.urandom(32)).decode())
    metadata = _entered(folder, "postgres_password", secrets.token_hex(24))
    broker = _entered(folder, "redis_password", secrets.token_hex(24))
    _entered(folder, "redis_conf", f'requirepass {broker}\nsave ""\nappendonly no\n{redis_lines}'.strip())
    _entered(folder, "metadata_dsn", f"postgresql+psycopg2://airflow:{metadata}@{postgres}/airflow")
    _entered(folder, "result_backend", f"db+postgresql+psycopg2://airflow:{metadata}@{postgres}/airflow")
    _entered(folder, "broker_url", f"redis://:{broker}@{redis}/0")
    for name in (
        "lineage_key",
        "notify",
        "person_keys_before",
        "serve_dsn",
    ):
        _entered(folder, name, "")

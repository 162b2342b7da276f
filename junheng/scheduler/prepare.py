"""What a new scheduler needs before its first run: the pool of the writer, the roles, the first account; safe to repeat.

``python -m junheng.scheduler.prepare FILE`` after ``airflow db migrate``; FILE holds the password of the account ``admin``, which
creates the others (``airflow users create``). An account that is there keeps its password.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from junheng.scheduler.roles import Role, roles

POOL = "warehouse_writer"
ADMIN = "admin"
SHORTEST = 12
"""Fewest characters of a password."""


def _enter(security: Any, role: Role) -> None:
    """Make a role what ``roles.yml`` says: what is not written there it may not."""
    meant = {(permission.action.name, permission.resource.name) for permission in security.find_role(role.like).permissions}
    meant |= {(action, resource) for resource, actions in role.adds.items() for action in actions}
    entered = security.add_role(role.name)
    for permission in list(entered.permissions):
        if (permission.action.name, permission.resource.name) not in meant:
            security.remove_permission_from_role(entered, permission)
    for action, resource in sorted(meant):
        security.add_permission_to_role(entered, security.create_permission(action, resource))


def _account(security: Any, name: str, role: str, password: str) -> None:
    if security.find_user(name):
        return
    if len(password) < SHORTEST:
        raise SystemExit(f"the password of {name} has fewer than {SHORTEST} characters")
    if not security.add_user(name, name, name, f"{name}@localhost", security.find_role(role), password):
        raise SystemExit(f"account {name} was not created")


def main(password_file: Path) -> None:
    """Prepare the metadata that the configuration names. Raises SystemExit where an account cannot be created."""
    from airflow.models.pool import Pool
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    Pool.create_or_update_pool(POOL, slots=1, description="one process writes the warehouse", include_deferred=False)
    with get_application_builder() as builder:
        builder.sm.sync_roles()
        for role in roles():
            _enter(builder.sm, role)
        _account(builder.sm, ADMIN, "Admin", password_file.read_text(encoding="utf-8").strip())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

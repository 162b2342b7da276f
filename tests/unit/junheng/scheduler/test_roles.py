"""Roles of accounts: an operator signs nothing, a reviewer starts nothing, a viewer changes nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from junheng.scheduler import health, prepare
from junheng.scheduler.roles import Role, roles


class FakeSecurity:
    """As much of the provider's security manager as the preparation asks."""

    def __init__(self) -> None:
        self.roles: dict[str, SimpleNamespace] = {"Viewer": self._role({("can_read", "DAGs")}), "Admin": self._role(set())}
        self.users: dict[str, str] = {}

    @staticmethod
    def _role(permissions: set[tuple[str, str]]) -> SimpleNamespace:
        return SimpleNamespace(permissions=[FakeSecurity.create_permission(*each) for each in sorted(permissions)])

    @staticmethod
    def create_permission(action: str, resource: str) -> SimpleNamespace:
        return SimpleNamespace(action=SimpleNamespace(name=action), resource=SimpleNamespace(name=resource))

    def find_role(self, name: str) -> SimpleNamespace:
        return self.roles[name]

    def add_role(self, name: str) -> SimpleNamespace:
        return self.roles.setdefault(name, self._role(set()))

    def add_permission_to_role(self, role: SimpleNamespace, permission: SimpleNamespace) -> None:
        if self._key(permission) not in [self._key(each) for each in role.permissions]:
            role.permissions.append(permission)

    def remove_permission_from_role(self, role: SimpleNamespace, permission: SimpleNamespace) -> None:
        role.permissions.remove(permission)

    @staticmethod
    def _key(permission: SimpleNamespace) -> tuple[str, str]:
        return permission.action.name, permission.resource.name

    def find_user(self, name: str) -> str | None:
        return self.users.get(name)

    def add_user(self, name: str, *rest: Any) -> bool:
        self.users[name] = rest[-1]
        return True


def may(security: FakeSecurity, role: str) -> set[tuple[str, str]]:
    return {security._key(permission) for permission in security.roles[role].permissions}


def test_roles_do_not_overlap_in_what_they_change() -> None:
    adds = {role.name: {(a, r) for r, actions in role.adds.items() for a in actions if a != "menu_access"} for role in roles()}
    assert adds["viewer"] == set()
    assert adds["reviewer"] == {("can_edit", "HITL Detail"), ("can_edit", "DAG:sign_off")}
    assert not adds["operator"] & adds["reviewer"]
    assert {role.like for role in roles()} == {"Viewer"}


def test_a_role_becomes_what_is_written_and_loses_what_is_not() -> None:
    security = FakeSecurity()
    role = Role(name="reviewer", like="Viewer", meaning="", adds={"HITL Detail": ("can_edit",)})
    prepare._enter(security, role)
    assert may(security, "reviewer") == {("can_read", "DAGs"), ("can_edit", "HITL Detail")}
    security.add_permission_to_role(security.roles["reviewer"], security.create_permission("can_delete", "DAGs"))
    prepare._enter(security, role)
    assert may(security, "reviewer") == {("can_read", "DAGs"), ("can_edit", "HITL Detail")}


def test_an_account_keeps_its_password_and_a_short_one_is_refused() -> None:
    security = FakeSecurity()
    with pytest.raises(SystemExit, match="fewer than 12"):
        prepare._account(security, "admin", "Admin", "x" * 11)
    prepare._account(security, "admin", "Admin", "x" * 12)
    prepare._account(security, "admin", "Admin", "y" * 12)
    assert security.users == {"admin": "x" * 12}


def test_what_does_not_answer_is_not_healthy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(health, "parts", lambda _: {"scheduler": "healthy", "triggerer": "unhealthy"})
    monkeypatch.setattr(health, "workers", lambda _: {"ingest"})
    parts = ("scheduler", "triggerer", "dag_processor", "worker:ingest", "worker:default")
    assert [health.main(part) for part in parts] == [0, 1, 1, 0, 1]

    def away(_: object) -> dict[str, str]:
        raise ConnectionRefusedError

    monkeypatch.setattr(health, "parts", away)
    assert health.main("scheduler") == 1
    assert "ConnectionRefusedError" in capsys.readouterr().out

"""Accounts of the scheduler in production: those of Airflow's FAB provider, known by the names that people log in with."""

from __future__ import annotations

from typing import Any

from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager


class NamedAccounts(FabAuthManager):
    """FAB numbers its accounts; a request to sign (``dags/sign_off.py``) names people."""

    def is_authorized_hitl_task(self, *, assigned_users: set[str], user: Any) -> bool:
        """Whether an account is among those that a request names."""
        return bool(user.get_name() in assigned_users)

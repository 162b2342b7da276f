"""Events of dbt that nobody hears are not made: a dozen for each node are for a log that no build writes, a tenth of its time."""

from __future__ import annotations

from typing import Any

from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager

_LOWEST = (EventLevel.DEBUG, EventLevel.TEST)


def spare_unheard() -> None:
    """Make an event of the lowest level only where a log takes it. Called before dbt starts; what is heard is the same.

    The one listener of dbt's own waits for a warning. An event keeps what it was given until somebody asks it.
    """
    make, fire = BaseEvent.__init__, EventManager.fire_event

    def keep(event: BaseEvent, *given: Any, **named: Any) -> None:
        event.__dict__["_given"] = given, named

    def ask(event: BaseEvent, key: str) -> Any:
        if "pb_msg" not in event.__dict__:
            given, named = event.__dict__.pop("_given")
            make(event, *given, **named)
        return event.pb_msg if key == "pb_msg" else getattr(event.pb_msg, key)

    def tell(event: BaseEvent, key: str, value: Any) -> None:
        if key == "pb_msg":
            event.__dict__[key] = value
        else:
            setattr(event.pb_msg, key, value)

    def fire_heard(manager: EventManager, e: BaseEvent, level: EventLevel | None = None, *given: Any, **named: Any) -> None:
        if (level or e.level_tag()) not in _LOWEST or any(logger.level in _LOWEST for logger in manager.loggers):
            fire(manager, e, level, *given, **named)

    replaced = (("__init__", keep), ("__getattr__", ask), ("__setattr__", tell))
    for owner, name, method in (*((BaseEvent, *each) for each in replaced), (EventManager, "fire_event", fire_heard)):
        setattr(owner, name, method)

"""Events of dbt below the level of every log are not made; all others are what they were."""

from __future__ import annotations

import json
import subprocess
import sys

HEARD = """
import io, json, sys
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LoggerConfig
from dbt_common.events.types import Note, SystemExecutingCmd
from publish.build.dbt_events import spare_unheard

if sys.argv[2] == "spared":
    spare_unheard()
told, manager, heard = io.StringIO(), EventManager(), []
manager.add_logger(LoggerConfig("log", level=EventLevel(sys.argv[1]), output_stream=told))
manager.add_callback(lambda message: heard.append(message.info.name))
low, high, raised = SystemExecutingCmd(cmd=["a", "b"]), Note(msg="note"), SystemExecutingCmd(cmd=["c"])
manager.fire_event(low)
manager.fire_event(high)
manager.fire_event(raised, level=EventLevel.WARN)
made = "pb_msg" in vars(low)
low.cmd.append("d")
high.msg = "another"
print(json.dumps([[line[10:] for line in told.getvalue().splitlines()], made, list(low.cmd), high.msg, heard]))
"""


def heard(level: str, *how: str) -> list[object]:
    done = subprocess.run([sys.executable, "-c", HEARD, level, *how], capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def test_what_no_log_takes_is_not_made() -> None:
    lines, made, *rest = heard("info", "spared")
    assert not made
    assert [lines, True, *rest[:2]] == heard("info", "plain")[:4]
    assert "Note" in str(rest[2])


def test_a_log_of_everything_has_everything() -> None:
    assert heard("debug", "spared") == heard("debug", "plain")

"""``junheng publish`` in the terminal: load a release into the database that many read, or write it as files by county."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from junheng.core.home import Home
from junheng.core.messages import Messages
from junheng.core.settings import SETTINGS, BadSetting, Settings
from junheng.core.wrapping import say_line

DONE, FAILED, USAGE, NOTHING, BUSY = 0, 1, 2, 4, 5
"""Exit codes of ``junheng publish``."""


def run(path: Path, dsn: str, schema: str, say: Messages, console: Console) -> int:
    """Load the release that readers are to see. Returns the exit code; whatever fails leaves readers what they had."""
    try:
        import psycopg

        from publish.serve import access, choice, postgres, shape
    except ImportError:
        say_line(console, say("publish_no_driver"))
        return USAGE
    home, address = Home(path), dsn or SETTINGS.serve_dsn
    if not address:
        say_line(console, say("publish_no_dsn", variable=Settings.serve_dsn.name))
        return USAGE
    try:
        chosen = choice.to_serve(home, SETTINGS.serve)
        outcome = postgres.publish_to(address, chosen.release, chosen.decision, schema)
    except BadSetting as error:
        say_line(console, say("publish_bad_setting", variable=error.name, value=error.value))
        return USAGE
    except choice.NothingToServe as error:
        say_line(console, say(f"publish_nothing_{error}", path=home.path))
        return NOTHING
    except postgres.AnotherPublish:
        say_line(console, say("publish_busy", schema=schema))
        return BUSY
    except access.RolesMissing as error:
        say_line(console, say("publish_roles", statements=error))
        return USAGE
    except postgres.ForeignSchema:
        say_line(console, say("publish_foreign", schema=schema))
        return USAGE
    except postgres.ReadersInTheWay as error:
        say_line(console, say("publish_readers", sessions=error))
        return FAILED
    except shape.NotServable as error:
        say_line(console, say("publish_not_servable", what=error))
        return FAILED
    except psycopg.Error as error:
        say_line(console, say("publish_failed", error=str(error).strip().splitlines()[0]))
        return FAILED
    say_line(console, say(f"publish_{outcome}", release=chosen.release.release_id, schema=schema), style="bold green")
    return DONE


def run_files(path: Path, out: Path | None, say: Messages, console: Console) -> int:
    """Write the release that readers are to see as files. Returns the exit code; whatever fails leaves the files of before."""
    from publish.serve import choice, files, shape

    if out is None:
        say_line(console, say("publish_no_out"))
        return USAGE
    try:
        chosen = choice.to_serve(Home(path), SETTINGS.serve)
        done = files.write_files(chosen.release, chosen.decision, out)
    except BadSetting as error:
        say_line(console, say("publish_bad_setting", variable=error.name, value=error.value))
        return USAGE
    except choice.NothingToServe as error:
        say_line(console, say(f"publish_nothing_{error}", path=path))
        return NOTHING
    except (OSError, shape.NotServable) as error:
        say_line(console, say("publish_files_failed", error=error))
        return FAILED
    shown = {"written": done.written, "linked": done.linked, "path": out / files.CURRENT}
    say_line(console, say("publish_files", release=chosen.release.release_id, **shown), style="bold green")
    return DONE

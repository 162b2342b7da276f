"""The command line: a parser for each command, and what it runs (``docs/runbooks`` has a page for each)."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from junheng.core.messages import LANGUAGES, Messages
from junheng.core.settings import ENGINES

_STAGES = ("primary", "junior", "senior")
_USAGE = 2
_DAMAGE = (("duckdb", "Error"), ("pyarrow", "ArrowInvalid"), ("publish.release.release", "ReleaseUnreadable"))


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("empty path")
    return Path(text)


def _parser(say: Messages) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="junheng", description=say("description"))
    parser.add_argument("--lang", choices=LANGUAGES, default="zh", help=say("lang"))
    commands = parser.add_subparsers(dest="command", required=True)
    _nightly_parser(commands, say)
    _explain_parser(commands, say)
    _verify_parser(commands, say)
    _archive_parser(commands, say)
    _diff_parser(commands, say)
    _inspect_parser(commands, say)
    _contract_parser(commands, say)
    _ledger_parser(commands, say)
    _publish_parser(commands, say)
    _lists_parser(commands, say)
    _evidence_parser(commands, say)
    _simulate_parser(commands, say)
    _plan_parser(commands, say)
    _forecast_parser(commands, say)
    _growth_parser(commands, say)
    _posts_parser(commands, say)
    return parser


def _nightly_parser(commands: Any, say: Messages) -> None:
    nightly = commands.add_parser("nightly", help=say("nightly"), description=say("nightly"))
    nightly.add_argument("--landing", type=_folder, metavar="DIR", help=say("landing"))
    nightly.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    nightly.add_argument(
        "--school-year", type=int, action="append", default=[], metavar="Y", help=say("school_year"), dest="years"
    )
    nightly.add_argument("--ruleset", action="append", default=[], metavar="R", help=say("ruleset"), dest="rulesets")
    nightly.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help=say("engine"))
    nightly.add_argument("--as-of", metavar="DATE", help=say("as_of"))
    nightly.set_defaults(run=_nightly)


def _explain_parser(commands: Any, say: Messages) -> None:
    explain = commands.add_parser("explain", help=say("explain"), description=say("explain"))
    explain.add_argument("county", metavar="COUNTY", help=say("explain_county"))
    explain.add_argument("school", metavar="SCHOOL", nargs="?", help=say("explain_school"))
    explain.add_argument("indicator", metavar="INDICATOR", help=say("explain_indicator"))
    explain.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    explain.add_argument("--school-year", type=int, metavar="Y", help=say("explain_school_year"))
    explain.add_argument("--ruleset", metavar="R", help=say("explain_ruleset"))
    explain.add_argument("--stage", choices=_STAGES, help=say("explain_stage"))
    explain.add_argument("--recompute", action="store_true", help=say("explain_recompute"))
    explain.set_defaults(run=_explain)


def _verify_parser(commands: Any, say: Messages) -> None:
    verify = commands.add_parser("verify", help=say("verify"), description=say("verify"))
    verify.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    verify.add_argument("--anchor", default="", metavar="HASH", help=say("verify_anchor"))
    verify.set_defaults(run=_verify)


def _diff_parser(commands: Any, say: Messages) -> None:
    diff = commands.add_parser("diff", help=say("diff"), description=say("diff"))
    diff.add_argument("before", metavar="RELEASE_A", help=say("diff_release"))
    diff.add_argument("after", metavar="RELEASE_B", help=say("diff_release"))
    diff.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    diff.add_argument("--most", type=int, default=5, metavar="N", help=say("diff_most"))
    diff.add_argument("--contracts", action="store_true", help=say("diff_contracts_help"))
    diff.set_defaults(run=_diff)


def _inspect_parser(commands: Any, say: Messages) -> None:
    inspect = commands.add_parser("inspect", help=say("inspect"), description=say("inspect"))
    inspect.add_argument("file", type=_folder, metavar="FILE", help=say("inspect_file"))
    inspect.add_argument("--area", metavar="CODE", help=say("inspect_area"))
    inspect.add_argument("--school-year", type=int, metavar="Y", help=say("inspect_school_year"))
    inspect.set_defaults(run=_inspect)


def _contract_parser(commands: Any, say: Messages) -> None:
    contract = commands.add_parser("contract", help=say("contract"), description=say("contract"))
    actions = contract.add_subparsers(dest="action", required=True)
    new = actions.add_parser("new", help=say("contract_new"), description=say("contract_new"))
    new.add_argument("file", type=_folder, metavar="FILE", help=say("contract_file"))
    new.add_argument("--source", metavar="SOURCE", help=say("contract_source"))
    new.add_argument("--id", metavar="ID", help=say("contract_id"))
    new.add_argument("--kind", choices=("table", "wide_table"), help=say("contract_kind"))
    new.set_defaults(run=_contract_new)


def _ledger_parser(commands: Any, say: Messages) -> None:
    ledger = commands.add_parser("ledger", help=say("ledger"), description=say("ledger"))
    actions = ledger.add_subparsers(dest="action", required=True)
    for name, run, only, what in (("export", _ledger_export, "unit", "U"), ("report", _ledger_report, "document", "N")):
        action = actions.add_parser(name, help=say(f"ledger_{name}"), description=say(f"ledger_{name}"))
        action.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
        action.add_argument("--out", type=_folder, required=True, metavar="DIR", help=say("ledger_out"))
        action.add_argument("--county", metavar="C", help=say("ledger_county"))
        action.add_argument(f"--{only}", metavar=what, help=say(f"ledger_{only}"))
        action.set_defaults(run=run)


def _publish_parser(commands: Any, say: Messages) -> None:
    publish = commands.add_parser("publish", help=say("publish"), description=say("publish"))
    publish.add_argument("--to", choices=("postgres", "files"), required=True, help=say("publish_to"))
    publish.add_argument("--dsn", default="", metavar="DSN", help=say("publish_dsn"))
    publish.add_argument("--schema", default="junheng", metavar="NAME", help=say("publish_schema"))
    publish.add_argument("--out", type=_folder, metavar="DIR", help=say("publish_out"))
    publish.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    publish.set_defaults(run=_publish)


def _lists_parser(commands: Any, say: Messages) -> None:
    lists = commands.add_parser("lists", help=say("lists"), description=say("lists"))
    lists.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    lists.add_argument("--out", type=_folder, required=True, metavar="DIR", help=say("ledger_out"))
    lists.add_argument("--county", metavar="C", help=say("ledger_county"))
    lists.set_defaults(run=_lists)


def _evidence_parser(commands: Any, say: Messages) -> None:
    evidence = commands.add_parser("evidence", help=say("evidence"), description=say("evidence"))
    evidence.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    evidence.add_argument("--out", type=_folder, required=True, metavar="DIR", help=say("ledger_out"))
    evidence.add_argument("--county", metavar="C", help=say("ledger_county"))
    evidence.set_defaults(run=_evidence)


def _simulate_parser(commands: Any, say: Messages) -> None:
    simulate = commands.add_parser("simulate", help=say("simulate"), description=say("simulate"))
    simulate.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    simulate.add_argument(
        "--scenario", type=_folder, required=True, action="append", metavar="FILE", help=say("simulate_scenario")
    )
    simulate.add_argument("--out", type=_folder, required=True, metavar="DIR", help=say("simulate_out"))
    simulate.set_defaults(run=_simulate)


def _planning_parser(commands: Any, say: Messages, name: str) -> Any:
    """A command that plans for one county of a home and writes into a folder."""
    parser = commands.add_parser(name, help=say(name), description=say(name))
    parser.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    parser.add_argument("--county", required=True, metavar="CODE", help=say("plan_county"))
    parser.add_argument("--out", type=_folder, required=True, metavar="DIR", help=say(f"{name}_out"))
    return parser


def _plan_parser(commands: Any, say: Messages) -> None:
    plan = _planning_parser(commands, say, "plan")
    plan.add_argument("--ruleset", metavar="R", help=say("plan_ruleset"))
    plan.add_argument("--stage", choices=_STAGES, help=say("plan_stage"))
    plan.add_argument("--limits", type=_folder, metavar="FILE", help=say("plan_limits"))
    plan.add_argument("--budget", type=_folder, metavar="FILE", help=say("plan_budget"))
    plan.add_argument("--seconds", type=float, metavar="N", help=say("plan_seconds"))
    plan.set_defaults(run=_plan)


def _forecast_parser(commands: Any, say: Messages) -> None:
    forecast = _planning_parser(commands, say, "forecast")
    forecast.add_argument("--years", type=int, metavar="N", help=say("forecast_years"))
    forecast.add_argument("--ruleset", metavar="R", help=say("plan_ruleset"))
    forecast.add_argument("--scenario", type=_folder, metavar="FILE", help=say("forecast_scenario"))
    forecast.set_defaults(run=_forecast)


def _growth_parser(commands: Any, say: Messages) -> None:
    growth = _planning_parser(commands, say, "growth")
    growth.set_defaults(run=_growth)


def _posts_parser(commands: Any, say: Messages) -> None:
    posts = _planning_parser(commands, say, "posts")
    posts.add_argument("--lessons", type=_folder, metavar="FILE", help=say("posts_lessons"))
    posts.add_argument("--most", type=int, metavar="N", help=say("posts_most"))
    posts.set_defaults(run=_posts)


def _nightly(options: argparse.Namespace) -> int:
    from junheng.cli.nightly import Order, run

    order = Order(
        home=options.home,
        landing=options.landing,
        school_years=tuple(options.years),
        rulesets=tuple(options.rulesets),
        as_of=options.as_of,
        language=options.lang,
        engine=options.engine,
    )
    return int(run(order, Console()))


def _explain(options: argparse.Namespace) -> int:
    from junheng.cli.explain import run
    from publish.trust.question import Question

    asked = options.county, options.school, options.indicator, options.school_year, options.ruleset, options.stage
    question = Question(*asked, recompute=options.recompute)
    return run(options.home, question, Messages(options.lang), Console())


def _verify(options: argparse.Namespace) -> int:
    from junheng.cli.verify import run

    return run(options.home, options.anchor, Messages(options.lang), Console())


def _archive_parser(commands: Any, say: Messages) -> None:
    archive = commands.add_parser("archive", help=say("archive"), description=say("archive"))
    archive.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    archive.add_argument("--remove", action="store_true", help=say("archive_remove"))
    archive.set_defaults(run=_archive)


def _archive(options: argparse.Namespace) -> int:
    from junheng.cli.archive import run

    return run(options.home, options.remove, Messages(options.lang), Console())


def _diff(options: argparse.Namespace) -> int:
    from junheng.cli.diff import run

    most = None if options.contracts else max(options.most, 0)
    return run(options.home, options.before, options.after, most, Messages(options.lang), Console())


def _inspect(options: argparse.Namespace) -> int:
    from junheng.core.spared import spare

    spare("numpy", "pandas")
    from junheng.cli.inspect import run

    return run(options.file, options.area, options.school_year, Messages(options.lang), Console())


def _contract_new(options: argparse.Namespace) -> int:
    from junheng.core.spared import spare

    spare("numpy", "pandas")
    from junheng.cli.contract import new

    return new(options.file, options.source, options.id, options.kind, Messages(options.lang))


def _lists(options: argparse.Namespace) -> int:
    from junheng.cli.lists import run

    return run(options.home, options.out, options.county, Messages(options.lang))


def _evidence(options: argparse.Namespace) -> int:
    from junheng.cli.evidence import run

    return run(options.home, options.out, options.county, Messages(options.lang))


def _ledger_export(options: argparse.Namespace) -> int:
    from junheng.cli.ledger import export

    return export(options.home, options.out, options.county, options.unit, Messages(options.lang))


def _ledger_report(options: argparse.Namespace) -> int:
    from junheng.cli.ledger import report

    return report(options.home, options.out, options.county, options.document, Messages(options.lang))


def _publish(options: argparse.Namespace) -> int:
    from junheng.cli.publish import run, run_files

    if options.to == "files":
        return run_files(options.home, options.out, Messages(options.lang), Console())
    return run(options.home, options.dsn, options.schema, Messages(options.lang), Console())


def _simulate(options: argparse.Namespace) -> int:
    from junheng.cli.simulate import run

    return run(options.home, options.scenario, options.out, Console())


def _plan(options: argparse.Namespace) -> int:
    from junheng.cli.plan import run

    chosen = {name: getattr(options, name) for name in ("ruleset", "stage", "limits", "budget", "seconds")}
    return run(options.home, options.county, options.out, Console(), **chosen)


def _forecast(options: argparse.Namespace) -> int:
    from junheng.cli.forecast import run

    return run(
        options.home,
        options.county,
        options.out,
        Console(),
        years=options.years,
        ruleset=options.ruleset,
        scenario=options.scenario,
    )


def _growth(options: argparse.Namespace) -> int:
    from junheng.cli.growth import run

    return run(options.home, options.county, options.out, Console())


def _posts(options: argparse.Namespace) -> int:
    from junheng.cli.posts import run

    return run(options.home, options.county, options.out, Console(), own_list=options.lessons, most=options.most)


def _language(arguments: Sequence[str]) -> str:
    for index, word in enumerate(arguments):
        value = word.removeprefix("--lang=") if word.startswith("--lang=") else None
        if word == "--lang" and index + 1 < len(arguments):
            value = arguments[index + 1]
        if value in LANGUAGES:
            return value
    return LANGUAGES[0]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code (design 6.1); argparse exits with 2 on wrong usage."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(Messages(_language(words))).parse_args(words)
    try:
        return int(options.run(options))
    except Exception as error:
        if options.command == "nightly" or not hasattr(options, "home") or not _is_damage(error):
            raise
        print(Messages(options.lang)("home_damaged", path=options.home))
        return _USAGE


def _is_damage(error: Exception) -> bool:
    """Whether an error is that of a file of the home that cannot be read; kinds of libraries that were not loaded raise none."""
    kinds: list[type[Exception]] = [OSError, json.JSONDecodeError]
    for module, name in _DAMAGE:
        if module in sys.modules:
            kinds.append(getattr(sys.modules[module], name))
    return isinstance(error, tuple(kinds))


if __name__ == "__main__":
    sys.exit(main())

"""The command line: ``junheng nightly``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from junheng.messages import LANGUAGES, Messages


def _folder(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError("empty path")
    return Path(text)


def _parser(say: Messages) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="junheng", description=say("description"))
    parser.add_argument("--lang", choices=LANGUAGES, default="zh", help=say("lang"))
    commands = parser.add_subparsers(dest="command", required=True)
    nightly = commands.add_parser("nightly", help=say("nightly"), description=say("nightly"))
    nightly.add_argument("--landing", type=_folder, metavar="DIR", help=say("landing"))
    nightly.add_argument("--home", type=_folder, required=True, metavar="DIR", help=say("home"))
    nightly.add_argument(
        "--school-year", type=int, action="append", default=[], metavar="Y", help=say("school_year"), dest="years"
    )
    nightly.add_argument("--ruleset", action="append", default=[], metavar="R", help=say("ruleset"), dest="rulesets")
    nightly.add_argument("--as-of", metavar="DATE", help=say("as_of"))
    return parser


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
    from junheng.nightly import Order, run

    order = Order(
        home=options.home,
        landing=options.landing,
        school_years=tuple(options.years),
        rulesets=tuple(options.rulesets),
        as_of=options.as_of,
        language=options.lang,
    )
    return int(run(order, Console()))


if __name__ == "__main__":
    sys.exit(main())

"""The command line: which command, with which arguments, and what is wrong with them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import conformance
from conformance.command.failing import CommandError

USAGE_ERROR = 4
"""As of pytest: an argument or a file that cannot be used."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"conformance: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what it says goes to stdout, what is wrong to stderr."""
    asked = _parser().parse_args(arguments)
    try:
        for line in asked.command(asked):
            print(line)  # noqa: T201
    except CommandError as error:
        print(f"conformance: {error}", file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    except BrokenPipeError:
        # Whoever reads has seen enough. At its end Python writes once more:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="conformance", description="Training containers: rules, manifests and reports.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {conformance.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    rules = commands.add_parser("rules", help="list the rules, or tell one with all its text")
    rules.add_argument("rule", nargs="?", metavar="ID", help="such as failure.utf8")
    rules.set_defaults(command=_rules)

    init = commands.add_parser("init", help="write a manifest from a table's schema")
    init.add_argument(
        "schema",
        type=Path,
        metavar="SCHEMA",
        help="the output of `aws glue get-table` or `aws cleanrooms get-schema`, an Arrow schema, Parquet, or CSV",
    )
    init.add_argument("--name", default="my-algorithm", help="the name of the algorithm (default: %(default)s)")
    init.add_argument("--output", type=Path, metavar="FILE", help="where to write it (default: to stdout)")
    init.set_defaults(command=_init)

    show = commands.add_parser("show", help="tell a report again, as it was told on the terminal")
    show.add_argument("report", type=Path, metavar="REPORT", help="report.json, or the directory that it is in")
    show.set_defaults(command=_show)
    return parser


# Commands are imported when they are asked for: what one needs the others need not wait for.


def _rules(asked: argparse.Namespace) -> Sequence[str]:
    from conformance.command.rules import all_rules, one_rule

    return all_rules() if asked.rule is None else one_rule(asked.rule)


def _init(asked: argparse.Namespace) -> Sequence[str]:
    from conformance.command.init import begin_manifest

    return begin_manifest(asked.schema, asked.name, asked.output)


def _show(asked: argparse.Namespace) -> Sequence[str]:
    from conformance.command.show import tell

    return tell(asked.report)

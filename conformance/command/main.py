"""The command line: which command, with which arguments, and what is wrong with them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import conformance
from conformance.command.failing import CommandError
from conformance.report.reading import UnreadableError
from conformance.report.verdict import USAGE_ERROR
from conformance.settings import PULLS

Answer = tuple[Sequence[str], int]
"""What a command says, and its exit code."""
_MOST_DAYS = 36_500


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE_ERROR, f"conformance: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; what it says goes to stdout, what is wrong to stderr."""
    asked = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], Answer] = asked.command
    try:
        lines, exit_code = command(asked)
        for line in lines:
            print(line)  # noqa: T201
        sys.stdout.flush()
    except (CommandError, UnreadableError) as error:
        print(f"conformance: {error}", file=sys.stderr)  # noqa: T201
        return USAGE_ERROR
    except BrokenPipeError:
        # Whoever reads has seen enough. At its end Python writes once more:
        # https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return exit_code


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

    show = commands.add_parser("show", help="tell a report again: what is broken, every rule, the verdict")
    show.add_argument("report", type=Path, metavar="REPORT", help="report.json, or the directory that it is in")
    show.set_defaults(command=_show)

    verify = commands.add_parser("verify", help="see whether a certificate holds for an image")
    verify.add_argument("certificate", type=Path, metavar="CERTIFICATE", help="what --contract-certificate wrote")
    verify.add_argument("--image", required=True, metavar="URI", help="the image that it is to hold for")
    trust = verify.add_mutually_exclusive_group(required=True)
    trust.add_argument("--key", type=Path, metavar="FILE", help="the certifier's public key, in PEM")
    trust.add_argument(
        "--without-key", action="store_true", help="look at everything but who wrote it, which may be anybody"
    )
    verify.add_argument(
        "--pull",
        choices=PULLS,
        default="missing",
        help="pull the image: always, to see what its tag is in the registry now (default: %(default)s)",
    )
    verify.add_argument(
        "--max-age", type=_days, default=365, metavar="DAYS", help="how old it may be (default: %(default)s)"
    )
    verify.set_defaults(command=_verify)
    return parser


def _days(text: str) -> int:
    days = int(text)
    if not 0 <= days <= _MOST_DAYS:
        raise ValueError
    return days


# Commands are imported when they are asked for: what one needs the others need not wait for.


def _rules(asked: argparse.Namespace) -> Answer:
    from conformance.command.rules import all_rules, one_rule

    return (all_rules() if asked.rule is None else one_rule(asked.rule)), 0


def _init(asked: argparse.Namespace) -> Answer:
    from conformance.command.init import begin_manifest

    return begin_manifest(asked.schema, asked.name, asked.output), 0


def _show(asked: argparse.Namespace) -> Answer:
    from conformance.command.show import tell

    return tell(asked.report), 0


def _verify(asked: argparse.Namespace) -> Answer:
    from conformance.command.verify import verify

    lines, holds = verify(asked.certificate, asked.image, asked.key, asked.pull, asked.max_age)
    return lines, 0 if holds else 1

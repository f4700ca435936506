"""The ``microdrama`` command: it reads the words, imports the one command that is meant, and says what went wrong."""

import importlib
import io
import sys
import warnings
from collections.abc import Sequence
from typing import cast

from microdrama.model.errors import InputError, meant

from . import commands
from .commands import COMMANDS
from .commands.common import Parser


def _parser() -> tuple[Parser, dict[str, Parser]]:
    """The parser and those of its commands, still without their arguments."""
    parser = Parser(
        prog="microdrama",
        description="Agent-based simulation of a regional micro-drama economy: how policy and property crises shift "
        "where an industry clusters.",
        epilog="Results go to standard output, progress and errors to standard error.",
        allow_abbrev=False,
    )
    known = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, does in COMMANDS.items():
        known.add_parser(name, help=does, allow_abbrev=False)
    return parser, known.choices


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; its exit code is 0 done, 1 failed, 2 bad input, 3 runs failed, 130 interrupted, or 143 ended."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a console may lack letters that names have
    try:
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: print(f"microdrama: warning: {message}", file=sys.stderr)
            return _dispatch(words)
    except InputError as error:
        for line in str(error).splitlines():
            print(f"microdrama: {line}", file=sys.stderr)
        return 2
    except (KeyboardInterrupt, SystemError) as error:
        cause: BaseException | None = error
        while isinstance(cause, SystemError):  # Ctrl-C inside a compiled loop comes out as one, or several
            cause = cause.__cause__
        if not isinstance(cause, KeyboardInterrupt):
            raise
        left = "nothing was written"
        resumable = "main", "mechanisms", "sweep", "study", "findings", "sensitivity", "calibrate", "validate", "vitals"
        if words[0] in resumable or (words[0] == "compare" and "--out" in words):
            left = "completed runs are saved; run the same command to resume"
        asked = type(cause).__name__ == "Terminated"
        print(f"\nmicrodrama: {'ended by SIGTERM' if asked else 'interrupted'}; {left}", file=sys.stderr)
        return 143 if asked else 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
    except RuntimeError as error:
        if type(error).__name__ not in ("LedgerError", "RunFailedError", "BrokenProcessPool"):
            raise
        print(f"microdrama: {error}", file=sys.stderr)
        if type(error).__name__ == "RunFailedError":
            return 3
        print("microdrama: this is a fault of the program; please report it with the command", file=sys.stderr)
        return 1


def _dispatch(words: list[str]) -> int:
    """Run the command and return its exit code."""
    parser, known = _parser()
    if words and not words[0].startswith("-") and words[0] not in known:
        raise InputError(f"unknown command '{words[0]}'{meant(words[0], known)} (known: {', '.join(known)})")
    command = next((word for word in words if word in known), "")
    if command:
        module = importlib.import_module(f"{commands.__name__}.{command}")
        module.add(known[command])
    chosen, unknown = parser.parse_known_args(words)
    if unknown:
        options = known[command].options() if command else parser.options()
        raise InputError(_unknown(word.split("=")[0], options) for word in unknown)
    if not command:
        parser.print_help()
        return 0
    chosen.given = known[command].as_given(chosen)
    return cast(int | None, module.act(chosen)) or 0


def _unknown(word: str, options: list[str]) -> str:
    if not word.startswith("-"):
        return f"unexpected argument '{word}'"
    return f"unknown option '{word}'{meant(word, options)}"


if __name__ == "__main__":
    sys.exit(main())

"""What commands of the command line share: their parser, options about the scenario, progress."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from microdrama.model.errors import InputError, control_character

if TYPE_CHECKING:
    from microdrama.model.inputs.scenario import Scenario

    from ..running.sweep import Tally


MOST = 2**63 - 1
"""Largest number that an option takes unless it says another."""
MOST_SEEDS, MOST_WORKERS = 100_000, 1000
PATHS = ("DIR", "FILE", "SCENARIO", "STUDY", "TARGETS", "OTHER")
"""Words for values that may be names of files."""


def _number(kind: type[int] | type[float], low: float, high: float, text: str) -> float:
    with contextlib.suppress(ValueError):
        if low <= (value := kind(text)) <= high:
            return value
    what = "a whole number" if kind is int else "a number"
    ends = f"from {low:,} to {high:,}" if high < MOST else f"from {low:,}" + (" to 2**63 - 1" if kind is int else "")
    raise argparse.ArgumentTypeError(f"{text[:40]}: must be {what} {ends}")


def _text(default: object, text: str, *, is_path: bool = False, is_folder: bool = False) -> str:
    if problem := control_character(text):
        raise argparse.ArgumentTypeError(problem)
    if is_path and text != default and not 0 < len(text.encode()) < 4096:
        raise argparse.ArgumentTypeError("the name of a file or folder cannot be empty" if not text else "too long")
    if is_path and any(len(part.encode()) > 255 for part in text.split("/")):
        raise argparse.ArgumentTypeError("longer than the name of a file can be")
    if is_folder:
        from pathlib import Path

        if files := [path for path in (Path(text), *Path(text).parents) if path.is_file()]:
            raise argparse.ArgumentTypeError(f"{files[0]} is a file: choose a folder, new or of earlier results")
    return text


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with what was probably meant."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message} (try '{self.prog} --help')")

    def options(self) -> list[str]:
        return [option for action in self._actions for option in action.option_strings]

    def takes(
        self, words: str, help: str, default: Any = None, *, low: float = 0, high: float = MOST, **more: Any
    ) -> None:
        """Add an argument: ``--name VALUE``, ``name VALUE`` (by its place), ``--name`` with choices or if given or not.

        Its type is that of the default, which the help names; one that has its place may be left out if it has one.
        Numbers lie from ``low`` to ``high``.
        """
        name, _, metavar = words.partition(" ")
        if not metavar and "choices" not in more:
            self.add_argument(name, action="store_true", help=help)
            return
        kind = more.get("type", type(default))
        if kind in (int, float):
            more["type"] = partial(_number, kind, low, high)
        elif "choices" not in more:
            folder = (name, metavar) == ("--out", "DIR") and not self.prog.endswith(" package")  # which may be a .zip
            more["type"] = partial(_text, default, is_path=any(word in metavar for word in PATHS), is_folder=folder)
        if default is not None and not name.startswith("-"):
            more.setdefault("nargs", "?")
        if default and "(default" not in help:
            help += f" (default: {default:g})" if isinstance(default, float) else f" (default: {default})"
        self.add_argument(name, metavar=metavar or None, default=default, help=help, **more)

    def takes_many(self, seeds: int, *, least: int = 2) -> None:
        """Add options of many runs: seeds and workers."""
        self.takes("--seeds N", "number of seeds", seeds, low=least, high=MOST_SEEDS)
        self.takes_workers()

    def takes_workers(self, what: str = "processes") -> None:
        """Add ``--workers``."""
        self.takes("--workers N", what, 2, low=1, high=MOST_WORKERS)

    def takes_pairs(self, option: str, help: str, **more: Any) -> None:
        """Add an option with values by name, which may be given again; see :func:`pairs`."""
        more |= {"metavar": "NAME=VALUE", "help": f"{help}; may be given again", "type": partial(_text, None)}
        self.add_argument(option, action="append", default=[], **more)

    def takes_changes(self) -> None:
        """Add options that change a scenario."""
        self.takes_pairs("--set", "set a parameter", dest="values")
        self.takes("--months N", "months to run", type=int)
        self.takes("--scale X", "size: 1 is the real industry, 0.1 a classroom", type=float)
        self.takes("--cities FILE", "another city table (.csv or .xlsx), or placebos: two cities more")

    def as_given(self, chosen: Chosen) -> str:
        """The command that was given, without the folder it writes to and the number of its processes."""
        words = self.prog.split()
        for action in self._actions:
            value = getattr(chosen, action.dest, None)
            if action.dest in ("out", "workers") or value in (None, action.default):
                continue
            values = list(map(str, value if isinstance(value, list) else [value]))
            option = action.option_strings[:1]
            if isinstance(action, argparse._AppendAction):
                words += [word for each in values for word in (*option, each)]
            else:
                words += [*option, *([] if action.nargs == 0 else filter(None, values))]
        return shlex.join(words)


type Chosen = argparse.Namespace


def values_of(chosen: Chosen) -> dict[str, Any]:
    """Parameters set by ``--set``, ``--months`` and ``--scale``."""
    values, problems = pairs("--set", chosen.values)
    for name in ("months", "scale"):
        if getattr(chosen, name) is not None:
            if name in values:
                problems.append(f"'{name}' is set twice: by --set and by --{name}")
            values[name] = getattr(chosen, name)
    if problems:
        raise InputError(problems)
    return values


def pairs(option: str, entries: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Values by name from ``NAME=VALUE``, and what is wrong with them."""
    from microdrama.model.inputs.files import parse_value

    values: dict[str, Any] = {}
    problems = []
    for entry in entries:
        name, equals, text = entry.partition("=")
        if not equals or not name.strip():
            problems.append(f"{option} {entry}: write NAME=VALUE, such as {option} crisis_strength=0.5")
        elif name.strip() in values:
            problems.append(f"{option} {entry}: '{name.strip()}' is set twice")
        values[name.strip()] = parse_value(text.strip())
    return values, problems


def scenario_of(chosen: Chosen, **defaults: object) -> Scenario:
    """The scenario named, with everything the options change; all problems at once.

    ``defaults`` hold for parameters that neither the options nor the scenario set.
    """
    from microdrama.model.inputs.cities import read_cities
    from microdrama.model.inputs.parameters import PARAMETERS
    from microdrama.model.inputs.scenario import load_scenario

    values = values_of(chosen)
    scenario = load_scenario(chosen.scenario)
    if chosen.cities:
        scenario = scenario.with_cities(read_cities(chosen.cities))
    unset = {name: value for name, value in defaults.items() if scenario.parameters[name] == PARAMETERS[name].default}
    return scenario.with_values(unset | values, where="command line")


def print_notes(*scenarios: Scenario) -> None:
    """What runs do where policy windows overlap, to standard error, each sentence once."""
    for note in dict.fromkeys(note for scenario in scenarios for note in scenario.notes):
        print(f"microdrama: note: {note}", file=sys.stderr)


def progress(what: str, *, steady: bool = True) -> Callable[..., None]:
    """Progress to standard error: a line that is rewritten on a terminal, a line for every tenth elsewhere.

    It is called with what is done, what failed (or not), and how many there are in all. What is ``steady`` tells how
    long the rest takes.
    """
    started, last = time.monotonic(), [0.0]
    terminal = sys.stderr.isatty()

    def report(done: int, *more: int) -> None:
        failed, of = more if len(more) == 2 else (0, *more)
        now = time.monotonic() - started
        if terminal:
            if done < of and now - last[0] < 0.2:
                return
            last[0] = now
        elif now < 2 or 10 * done // of == last[0]:
            return
        else:
            last[0] = 10 * done // of
        line = f"{what} {done} of {of}, {duration(now)}"
        line += f", {done / now:.2g} a second" if steady else ""
        line += f", about {duration(now / done * (of - done))} left" if steady and done < of else ""
        line += f", {failed} failed" if failed else ""
        print(
            f"\r{line}   " if terminal else line,
            end="\n" if done == of or not terminal else "",
            file=sys.stderr,
            flush=True,
        )

    return report


def compile_first() -> None:
    """Compile the model if that has never been done here, and say so: a minute in which nothing else happens."""
    from microdrama.model.prepare import compile_month, is_compiled

    if not is_compiled():
        print("compiling the model; only the first run does, for about a minute", file=sys.stderr, flush=True)
        compile_month(progress=progress("phase", steady=False))


def duration(seconds: float) -> str:
    """Seconds in words."""
    for unit, size in (("s", 1), ("min", 60)):
        if seconds < 100 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 3600:.1f} h"


def picked(chosen: Chosen, *names: str) -> dict[str, Any]:
    """Some of the values given, by name."""
    return {name: getattr(chosen, name) for name in names}


def many_runs(chosen: Chosen, *names: str) -> dict[str, Any]:
    """Workers and progress for many runs, and other values given, by name."""
    compile_first()
    return picked(chosen, "workers", *names) | {"progress": progress("run")}


def unanswered(tally: Tally) -> int:
    """Say that a study has no answer yet; returns the exit code."""
    why = "no answer without all of them" if tally.failed else "interrupted, so there is no answer yet"
    print(f"{tally}; {why}; run the same command to resume", file=sys.stderr)
    return 3 if tally.failed else 130

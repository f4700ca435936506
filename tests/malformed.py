"""Malformed input, made from a number: files of every kind and command lines, and what may come of them.

A case is right if it is refused with a message of a few printable lines, or reaches the first run; a case whose input
the documents forbid must be refused, one whose input they allow must be read. Nothing that was there may change.
``make fuzz`` tries thousands, ``PYTHONPATH=tests python -m malformed --first N --cases 1`` shows one.
"""

import argparse
import contextlib
import copy
import csv
import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import openpyxl

from microdrama.experiments import cli, commands
from microdrama.experiments.commands.common import Parser
from microdrama.experiments.running import sweep as sweeping
from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import A_LINE, A_SCREEN
from microdrama.model.inputs.writing import toml

SECONDS, WAIT = 10, 100
"""Longer is a hang: seconds of this process, whatever else the machine does, and seconds in all."""
REFUSE, READ, EITHER = "refuse", "read", "either"


class Case(NamedTuple):
    """A command line and the files that it finds; ``must`` is what has to come of it."""

    kind: str
    words: tuple[str, ...]
    files: dict[str, bytes]
    must: str = EITHER


class Reached(BaseException):
    """The input was taken: the first run would begin."""


# ---------------------------------------------------------------------- what is right


def shipped(room, name, rows=None):
    """A table that comes with the package, or its first rows."""
    text = files(room).joinpath("evidence", name).read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))[:rows]


CITIES = shipped("microdrama.model.inputs", "cities.csv")
SLUGS = [row[0] for row in CITIES[1:]]
TABLES = {
    "cities": CITIES,
    "house_prices": [["month", "city", "house_index"], *([f"2021-0{m}", c, "101.5"] for m in (1, 2) for c in SLUGS)],
    "zones": [["city", "zone", "dx_km", "dy_km", "radius_km"], ["xian", "mine", "2", "-3", "3"]],
    "policies": [["city", "instrument", "start", "end", "size"], ["xian", "rebate", "2022-01", "", "0.2"]],
    "scenario": [["name", "value"], ["title", "Mine"], ["crisis_strength", "0.5"], ["entry", "TRUE"]],
    "points": [["crisis_strength", "entry"], ["0.5", "true"], ["1.5", "false"]],
    "targets": shipped("microdrama.experiments", "targets.csv"),
    "vitals": shipped("microdrama.experiments", "vitals.csv"),
    "ensemble": shipped("microdrama.experiments", "ensemble.csv", 4),
}
NUMBERS = {
    "cities": "rent_yuan_m2_month",
    "house_prices": "house_index",
    "zones": "radius_km",
    "policies": "size",
    "points": "crisis_strength",
    "targets": "low",
    "vitals": "low",
    "ensemble": "entry_rate",
}
"""A column of numbers of each table."""
POLICY = {"city": "zhengzhou", "instrument": "rent_subsidy", "start": "2023-01", "end": "2026-12", "size": 0.5}
SCENARIO = {
    "title": "Rents halved",
    "extends": "baseline",
    "announced_policies": False,
    "swap": {"cities": ["zhengzhou", "xian"], "blocks": ["property", "wages"]},
    "shift_months": {"hangzhou": 4},
    "parameters": {"crisis_strength": 0.5, "entry": True, "pooling": "linear", "months": 6},
    "zone": [{"city": "xian", "zone": "mine", "dx_km": 2, "dy_km": -3.5, "radius_km": 3}],
    "policy": [{**POLICY, "ramp_months": 3, "budget_yuan_year": 5e7, "mode": "replace", "source": "F001"}],
}
STUDY = {
    "title": "Offers",
    "months": 3,
    "scale": 0.02,
    "seeds": [1, 2],
    "city": "zhengzhou",
    "outputs": ["studios"],
    "panel": False,
    "parameters": {"migration": False},
    "groups": {"forms": ["pooling", "knowledge"]},
    "design": {"sampler": "factorial", "size": 4, "seed": 3},
    "factors": {
        "offer.size": [0, 0.1],
        "offer.start": ["2022-01", "2023-01"],
        "forms": ["log", "off"],
        "swap.xian": ["none", "wages"],
        "like.wages": ["own", "beijing"],
        "crisis_in": ["all", "own"],
        "land_share": [0.2, 0.4],
        "entry": [True, False],
    },
    "ensemble": {"source": "prior", "size": 2},
    "stop": {"output": "studios", "half_width": 5.0, "max_seeds": 4},
    "register": {
        **{"question": "Why?", "hypothesis": "So.", "metric": "studios", "analysis": "effects", "overturned_by": "No."},
        "predicted": {"entry": "+"},
    },
    "policy": [
        {"name": "offer", "cities": ["zhengzhou", "xian"], "instrument": "rebate", "start": "2022-01", "size": 0.1}
    ],
}
SAMPLED = {"crisis_strength": {"low": 0.5, "high": 1.5}, "entry_rate": {"low": 0.2, "high": 0.4, "log": True}}


# ---------------------------------------------------------------------- what is wrong

TEXTS = (
    "",
    "x",
    "é危",
    "=cmd|calc",
    "\x1b[31m",
    "\x7f",
    "nan",
    "inf",
    "1e999",
    "-1",
    "0,5",
    "1,250",
    "'",
    '"',
    "a.b",
    "all",
)
VALUES = (
    *(True, False, 0, -1, 1, 2, 10**12, 10**30, 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")),
    *([], [[]], [1], ["x"], [["x"]], {}, {"a": 1}, {"a": [1]}, [{"a": 1}], [{}], "x" * 3000, *TEXTS),
)
NO_NUMBERS = ("#REF!", "#N/A", "=1+1", "1,250", "nan", "x", "1 000", "8%", "--1", "\x1b[31m1", "2021-01-01")
WORDS = (
    *(
        "",
        "x",
        "-1",
        "0",
        "1e999",
        "nan",
        "inf",
        "9" * 30,
        "9" * 5000,
        "\x1b[31m",
        "\0",
        "\ud800",
        "é危",
        ".",
        "[1]",
        "{",
    ),
    *(
        "nowhere.toml",
        "nowhere.csv",
        "nowhere.xlsx",
        "a" * 300,
        "a/" * 3000,
        "1/0",
        "3/2",
        "=cmd",
        "-x",
        "there.csv",
        "there",
    ),
    *(
        "baseline",
        "crisis_strength=0.5",
        "crisis_strength=x",
        "=",
        "a=",
        "months=1",
        "2021-01",
        "csv",
        "zhengzhou",
        "1",
        "0.02",
    ),
)
NOT_TRIED = ("--host", "--scheduler", "--open", "--help")
"""Options whose words would go to a network, a browser, or end the command."""


def case(number):
    """The case of a number."""
    rng = random.Random(number)
    kinds = [*MAKERS]
    return MAKERS[kinds[number % len(kinds)]](rng)


def spoilt(rng, data):
    """Bytes of which a few are others, missing or more."""
    at, length = rng.randrange(len(data) + 1), rng.choice((0, 1, 1, 2, 12, 10**6))
    new = rng.choice((b"", b'"', b"=", b"[", b"]", b",", b";", b"\n", b"\0", b"\xff", b"\xe9", rng.randbytes(3)))
    return data[:at] + new + data[at + length :]


def changed(rng, data):
    """A TOML file's content with one entry, at any depth, set to something else, or one more or fewer."""
    data = copy.deepcopy(data)
    at, key = data, rng.choice([*data])
    while isinstance(at[key], dict | list) and at[key] and rng.random() < 0.75:
        at = at[key]
        key = rng.choice([*at]) if isinstance(at, dict) else rng.randrange(len(at))
    how = rng.random()
    if how < 0.1:
        del at[key]
    elif how < 0.2 and isinstance(at, dict):
        at[rng.choice([*TEXTS, "a.b", "name", "seed"])] = at[key]
    else:
        at[key] = copy.deepcopy(rng.choice(VALUES))
    return data


def of_table(name, file):
    """Command line and other files with which a table is read."""
    also = {
        "house_prices": ("run", "s.toml", {"s.toml": f'house_prices = "{file}"'}),
        "zones": ("run", "s.toml", {"s.toml": f'zones = "{file}"'}),
        "policies": ("run", "s.csv", {"s.csv": f"name,value\npolicies,{file}\n"}),
        "points": ("sweep", "s.toml", "--out", "new", {"s.toml": f'[design]\nsampler = "points"\nfile = "{file}"'}),
        "cities": ("run", "--cities", file, {}),
        "scenario": ("run", file, {}),
        "targets": ("validate", file, "--out", "new", {}),
        "vitals": ("vitals", "--evidence", file, "--out", "new", {}),
        "ensemble": ("validate", "--ensemble", file, "--out", "new", {}),
    }
    *words, others = also[name]
    return tuple(words), {other: text.encode() for other, text in others.items()}


def table(rng):
    """A table of any kind, saved in any way, with any fault."""
    name = rng.choice([*TABLES])
    rows, must = copy.deepcopy(TABLES[name]), READ
    excel = rng.random() < 0.25
    fault = rng.choice(("none", "number", "header", "twice", "longer", "quote", "slip", "empty", "row", "bytes"))
    row = rng.randrange(1, len(rows))
    if fault == "number" and name in NUMBERS:
        wrong = rng.choice([text for text in NO_NUMBERS if not excel or "\x1b" not in text])
        rows[row][rows[0].index(NUMBERS[name])], must = wrong, REFUSE
    elif fault == "header":
        rows[0] = [rng.choice((str.upper, str.title, lambda c: f" {c} "))(cell) for cell in rows[0]]
        must = EITHER if name in ("points", "ensemble") else READ
    elif fault == "twice":
        at = rng.randrange(len(rows[0]))
        rows = [[*cells, cells[at]] for cells in rows]
        must = REFUSE
    elif fault == "longer":
        rows[row].append("5")
        must = REFUSE
    elif fault == "slip":
        at = rng.randrange(len(rows[0]))
        rows[0][at], must = f"{rows[0][at]}x", REFUSE
    elif fault == "empty":
        rows, must = rows[: rng.randrange(2)], REFUSE
    elif fault == "row":
        rows[row][rng.randrange(len(rows[row]))], must = rng.choice([t for t in TEXTS if t.isprintable()]), EITHER
    else:
        fault = fault if fault in ("quote", "bytes") else "none"
    if excel:
        file, content = f"{name}.xlsx", _workbook(name, rows)
        must = EITHER if fault == "quote" else must
    else:
        file = f"{name}.csv"
        mark = rng.choice(",,;\t")
        text = io.StringIO()
        csv.writer(text, delimiter=mark, lineterminator=rng.choice(("\n", "\r\n"))).writerows(rows)
        text = text.getvalue()
        if fault == "quote":
            lines = text.splitlines(keepends=True)
            lines[row] = '"' + lines[row]
            text, must = "".join(lines), REFUSE
        elif rng.random() < 0.3:
            text = "\n\n" + text.replace("\n", "\n,,\n" if mark == "," else "\n\n") + "# an end\n"
        encoding = rng.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030"))
        content = text.encode(encoding)
    if fault == "bytes":
        content, must = spoilt(rng, content), EITHER
    words, others = of_table(name, file)
    return Case(f"{name}: {fault}", words, {file: content, **others}, must)


def _workbook(name, rows):
    book = openpyxl.Workbook()
    book.active.title = name
    for cells in rows:
        book.active.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def scenario(rng):
    """A scenario in TOML."""
    return _toml(rng, "scenario", SCENARIO, ("run", "s.toml"))


def study(rng):
    """A study of any sampler."""
    data = copy.deepcopy(STUDY)
    for key in ("ensemble", "stop", "register", "groups", "city"):
        if rng.random() < 0.5:
            data.pop(key)
    data["factors"] = dict(rng.sample([*data["factors"].items()], rng.randint(1, 4)))
    if "groups" not in data:
        data["factors"].pop("forms", None)
    data["design"]["sampler"] = rng.choice(
        ("factorial", "one_at_a_time", "latin_hypercube", "sobol", "saltelli", "morris")
    )
    if data["design"]["sampler"] not in ("factorial", "one_at_a_time"):
        data["factors"] |= SAMPLED
    verb = rng.choice((("sweep", "s.toml", "--out", "new"), ("study", "s.toml", "--out", "new")))
    return _toml(rng, "study", data, verb)


def _toml(rng, kind, data, words):
    rare = ("depth", "digits", "control", "key", "twice")
    how = rng.choice(("value", "value", "two values", "bytes")) if rng.random() < 0.8 else rng.choice(rare)
    must = EITHER
    if how in ("value", "two values"):
        data = changed(rng, data)
        data = changed(rng, data) if how == "two values" and data else data
    if how == "control":
        data, must = data | {"title": rng.choice(("\x1b[2J", "\x7f", "\x00", "=cmd|calc"))}, REFUSE
    if how == "key":
        data, must = {rng.choice(("titel", "a.b", "", "é")): 1} | data, REFUSE
    text = toml(data)
    if how == "depth":
        text, must = f"x = {'[' * rng.choice((30, 5000))}{text}", REFUSE
    if how == "digits":
        text, must = f"x = {'9' * 5000}\n{text}", REFUSE
    if how == "twice":
        text, must = f"title = 1\ntitle = 2\n{text}", REFUSE
    content = text.encode("utf-8", "surrogatepass")
    content = spoilt(rng, content) if how == "bytes" else content
    return Case(f"{kind}: {how}", words, {"s.toml": content}, must)


def lever(rng):
    """A study that is wrong as a whole: levers that move nothing, sizes beyond bounds, names that clash."""
    study = {"months": 3, "scale": 0.02, "seeds": 2}
    offer = {"name": "offer", "city": "xian", "instrument": "rebate", "start": "2022-01", "size": 0.1}
    wrong = rng.choice(
        (
            {"policy": [offer | {"name": rng.choice(("a.b", "like", "", "1", 5))}]},
            {"factors": {"draws.future": [0, 1]}},
            {"factors": {"draws.month": [1, 2]}},
            {"policy": [offer], "factors": {"offer.ramp_months": [0, 1], "offer.months": [0]}},
            {"groups": {"forms": ["pooling"]}, "factors": {"forms": ["log", "off"], "pooling": ["log", "off"]}},
            {"groups": {"a": ["entry"], "b": ["entry"]}, "factors": {"a": [True, False], "b": [True, False]}},
            {"groups": {"a": ["entry"]}, "parameters": {"entry": True}, "factors": {"a": [True, False]}},
            {"groups": {rng.choice(("seed", "point", "studios", "entry", "scenario")): ["entry"]}},
            {"seeds": rng.choice((10**9, [1, 2**63], [1, 1], [-1], [True], []))},
            {"factors": {"crisis_strength": [n / 10**5 for n in range(20_000)]}},
            {"factors": {name: list(range(100)) for name in ("a_net", "land_share", "entry_rate", "wage_floor")}},
            {"design": {"sampler": "sobol", "size": 2**40}, "factors": SAMPLED},
            {"design": {"sampler": rng.choice((["factorial"], 1, {}, "sobl"))}, "factors": {"entry": [True]}},
            {"outputs": rng.choice(([["studios"]], "studios", [1], ["studois"])), "factors": {"entry": [True]}},
            {"stop": {"output": rng.choice((["studios"], 1, "x")), "half_width": 1, "max_seeds": 4}},
            {"ensemble": {"source": rng.choice((["prior"], 1, "priors"))}},
            {
                "policy": [offer],
                "factors": {f"offer.{rng.choice(('size', 'start', 'mode', 'months'))}": [[1], {"a": 1}]},
            },
            {"factors": {rng.choice(("crisis_in", "swap.xian", "like.wages", "a_net", "scenario")): [["x"], 5]}},
        )
    )
    return Case("lever", ("sweep", "s.toml", "--out", "new"), {"s.toml": toml(study | wrong).encode()}, REFUSE)


def command_line(rng):
    """Any command with any words."""
    name = rng.choice([*commands.COMMANDS])
    parser = Parser()
    __import__(f"{commands.__name__}.{name}", fromlist=["add"]).add(parser)
    words, places = [name], []
    for action in parser._actions:
        given = action.option_strings or not action.required
        if (given and rng.random() > 0.3) or {*action.option_strings} & {*NOT_TRIED}:
            continue
        words += action.option_strings[:1]
        if action.nargs != 0:
            places.append(len(words))
            words.append(apt(rng, action))
    for _ in range(rng.choice((0, 1, 1, 1, 2)) if places else 0):
        words[rng.choice(places)] = rng.choice(WORDS)
    if rng.random() < 0.15:
        words.insert(rng.randrange(len(words) + 1), rng.choice((*WORDS, "--sed", "--out=", "--seed=x")))
    there = {"there.csv": b"there\n1\n", "there/file": b"kept"}
    return Case(f"command line: {name}", tuple(words), there)


def apt(rng, action):
    """A word that an argument may well take."""
    if action.choices:
        return rng.choice([*action.choices])
    by_name = {
        **{"--out": "new", "--set": "crisis_strength=0.5", "--change": "entry=false", "--cities": "there.csv"},
        **{"--scale": "0.02", "--record": "studios", "--shard": "1/2", "--page": "page.md", "--docs": "docs"},
        **{"--period": "2021", "--month": "2021-12", "--city": "xian", "--format": "csv", "--outcome": "studios"},
    }
    by_place = {"SCENARIO": "baseline", "OTHER": "no_policy", "STUDY.toml": "trap", "NAME": "trap", "DIR": "there"}
    word = by_name.get((action.option_strings or [""])[0], by_place.get(action.metavar, "3"))
    return "scenario" if action.metavar == "KIND" else "wage_floor" if action.metavar == "PARAMETER" else word


def results(rng):
    """A folder of results with a damaged file."""
    folder = "run" if rng.random() < 0.6 else "sweep"
    there = dict(_results()[folder])
    file = rng.choice([*there])
    if rng.random() < 0.15:
        words = rng.choice(
            (("export", folder, "--out", "new"), ("accounts", "run"), ("clusters", "run", "--draws", "19"))
        )
        there = {f"{words[1]}/{name}": data for name, data in _results()[words[1]].items()}
        return Case("results: whole", words, there, READ)
    if rng.random() < 0.2:
        del there[file]
    elif file.endswith(".json") and rng.random() < 0.7:
        there[file] = json.dumps(changed(rng, json.loads(there[file]))).encode()
    else:
        there[file] = spoilt(rng, there[file])
    words = rng.choice(
        (
            ("export", folder, "--out", "new"),
            ("accounts", folder),
            ("clusters", folder, "--draws", "19"),
            ("accounts", folder, "--period", rng.choice(("2021", "2021-13", "x", "2030", "2021-02:2021-01"))),
            ("export", folder, "--out", "new", "--tables", rng.choice(("runs", "x", "parameters,cities"))),
        )
    )
    return Case(f"results: {words[0]}", words, {f"{folder}/{name}": data for name, data in there.items()})


_kept = {}


def _results():
    """Files of a run and of a sweep, made once."""
    if not _kept:
        with tempfile.TemporaryDirectory() as name, contextlib.chdir(name), _silent():
            Path("s.toml").write_text('months = 2\nscale = 0.02\nseeds = 1\npanel = true\noutputs = ["studios"]')
            from worlds import Here

            assert cli.main(["run", "--months", "2", "--scale", "0.02", "--out", "run"]) == 0
            sweeping.sweep("s.toml", "sweep", executor=Here)
            for folder in ("run", "sweep"):
                there = (path for path in Path(folder).rglob("*") if path.is_file())
                _kept[folder] = {path.relative_to(folder).as_posix(): path.read_bytes() for path in there}
    return _kept


MAKERS = {
    maker.__name__ + str(n): maker
    for n, maker in enumerate((table, study, table, command_line, scenario, table, study, lever, command_line, results))
}
"""Makers in turn: tables, studies and command lines more often."""


# ---------------------------------------------------------------------- what may come of it


@contextlib.contextmanager
def _silent():
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


def _reached(*_, **__):
    raise Reached


def _hung(*_):
    raise Hung


class Hung(BaseException):
    """It took too long."""


def failures(one, run=None):
    """What is wrong with what comes of a case, empty if nothing; ``run`` carries out its words, here if left out."""
    with tempfile.TemporaryDirectory() as name, contextlib.chdir(name):
        for file, data in one.files.items():
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_bytes(data)
        before = _contents()
        code, said = (run or in_process)(one.words)
        found = [f"{file} was changed" for file, data in before.items() if _contents().get(file) != data]
    lines = said.splitlines()
    if code not in (0, 2, Reached):
        found.append(f"ended with {code}: {said[-2000:]}")
    elif code == 2:
        found += [f"{len(lines)} lines"] if len(lines) > A_SCREEN + 3 else []
        found += ["refused without a message"] if "microdrama: " not in said else []
        found += [f"no line for a console: {line[:200]!r}" for line in lines if not _is_line(line)]
    if one.must == REFUSE and code != 2:
        found.append("was read")
    if one.must == READ and code == 2:
        found.append(f"was refused: {said}")
    return found


def _is_line(line):
    return line.isprintable() and len(line) <= A_LINE + 100


def _contents():
    """Hashes of all files below the folder."""
    there = (path for path in Path().rglob("*") if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in there}


def in_process(words):
    """Exit code, or Reached, and what is said on standard error."""
    said = io.StringIO()
    timers = ((signal.SIGPROF, signal.ITIMER_PROF, SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, WAIT))
    before = [signal.signal(number, _hung) for number, _, _ in timers]
    for _, timer, seconds in timers:
        signal.setitimer(timer, seconds)
    try:
        with (
            mock.patch.object(MicroDramaEconomy, "__init__", _reached),
            mock.patch.object(sweeping, "compute", _reached),
            mock.patch.object(os, "execve", _reached),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(said),
        ):
            warnings.simplefilter("always")
            code = cli.main(list(words))
    except Reached:
        code = Reached
    except SystemExit as error:
        code = error.code or 0
    except BaseException:
        code = traceback.format_exc(limit=-6)
    finally:
        for (number, timer, _), handler in zip(timers, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
    return code, said.getvalue()


def as_process(words):
    """The same of a process of its own, on a console that knows letters of English alone, if it will begin no runs."""
    code, said = in_process(words)
    if code is Reached:
        return code, said
    command = [sys.executable, "-m", "microdrama.experiments.cli", *words]
    env = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=env, timeout=60, check=False)
    said = "\n".join(line for line in ended.stderr.splitlines() if "Traceback" in line or ended.returncode)
    return ended.returncode, said


def main():
    """Try many cases; prints those that fail, and ends with their number."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--cases", type=int, default=2000)
    chosen = parser.parse_args()
    tally, started, failed = Counter(), time.monotonic(), 0
    _results()
    for number in range(chosen.first, chosen.first + chosen.cases):
        one = case(number)
        began = time.monotonic()
        wrong = failures(one)
        tally[one.kind.split(":")[0]] += 1
        if wrong or chosen.cases == 1:
            failed += bool(wrong)
            took = f"{time.monotonic() - began:.1f} s"
            print(f"\n{number} {one.kind}, {' '.join(one.words)[:300]!r}, must {one.must}, {took}")
            print("\n".join(wrong))
            if chosen.cases == 1:
                print(one.files, in_process(one.words))
    print(f"\n{chosen.cases} cases in {time.monotonic() - started:.0f} s, {failed} failed: {dict(tally)}")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())

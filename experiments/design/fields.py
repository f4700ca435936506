"""Tables of a file as classes: every key with what is allowed, its default, what it means and how it is written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple

from microdrama.model.errors import InputError, unknown


class Kind(NamedTuple):
    """What a key may be set to."""

    words: str
    """What stands after "must be"."""
    allows: Callable[[Any], bool]
    read: Callable[[Any], Any] = lambda value: value
    """Makes the attribute of the value in the file."""
    write: Callable[[Any], Any] = lambda value: value
    """Makes the value in the file of the attribute."""
    table: type | None = None
    """Class of a table inside the table."""
    choices: Collection[str] = ()


def is_number(value: object) -> bool:
    """Whether it is a number, and not true, false, nan, infinite or beyond what a float holds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e300 < value < 1e300


def is_whole(value: object) -> bool:
    """Whether it is a whole number, and not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


def whole(low: int, high: int = 2**63 - 1) -> Kind:
    """Whole numbers from ``low`` to ``high``."""
    words = f"a whole number from {low}" + (f" to {high:,}" if high < 2**31 else "")
    return Kind(words, lambda value: is_whole(value) and low <= value <= high)


def number(low: float = -1e300, high: float = 1e300) -> Kind:
    """Numbers from ``low`` to ``high``."""
    words = "a number" if high == 1e300 else f"a number from {low:g} to {high:g}"
    return Kind(words, lambda value: is_number(value) and low <= value <= high)


def one_of(words: Collection[str]) -> Kind:
    """One of some words."""
    return Kind(f"one of {', '.join(words)}", lambda value: isinstance(value, str) and value in words, choices=words)


def table(name: str, of: type | None = None) -> Kind:
    """A table inside the table, of any keys or ``of`` a class."""
    return Kind(f"a{'n' if name[0] in 'aeiou' else ''} [{name}] table", lambda value: isinstance(value, dict), table=of)


def texts(what: str) -> Kind:
    """A list of texts, kept as a tuple."""
    allows = lambda value: isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)  # noqa: E731
    return Kind(f"a list of {what}", allows, tuple, list)


ANY = Kind("as for the parameter", lambda value: True)
TEXT = Kind("text", lambda value: isinstance(value, str))
YES_NO = Kind("true or false", lambda value: isinstance(value, bool))
POSITIVE = Kind("a number above 0", lambda value: is_number(value) and value > 0)


def key(kind: Kind, meaning: str, default: Any = dataclasses.MISSING, *, name: str = "") -> Any:
    """Declare a key of a table as a field of a dataclass; ``name`` is the key's if the field has another.

    Examples
    --------
    >>> @dataclasses.dataclass
    ... class Stop:
    ...     output: str = key(TEXT, "outcome that must be known well enough")
    ...     paired: bool = key(YES_NO, "whether differences are meant", True)
    >>> read(Stop, {"output": "studios", "pared": False}, "study.toml")
    ({'output': 'studios'}, ["study.toml: unknown key 'pared'; did you mean 'paired'? (known: output, paired)"])
    >>> written(Stop("studios"))
    {'output': 'studios'}
    """
    metadata = {"kind": kind, "meaning": meaning, "key": name}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=dict, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def keys(of: type) -> dict[str, dataclasses.Field[Any]]:
    """The keys of a table, in order."""
    return {f.metadata["key"] or f.name: f for f in dataclasses.fields(of) if "kind" in f.metadata}


def read(of: type, entry: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[str]]:
    """Attributes that a table of a file sets, and a line for each key that is unknown, missing or not allowed."""
    known = keys(of)
    problems = [f"{where}: {unknown('key', name, known)}" for name in entry if name not in known]
    if missing := {name: f.metadata["kind"] for name, f in known.items() if _required(f) and name not in entry}:
        wanted = (f"{name}, {kind.words}" if kind.choices else name for name, kind in missing.items())
        problems.append(f"{where}: needs {', '.join(wanted)}")
    values: dict[str, Any] = {}
    for name, f in known.items():
        if name not in entry:
            continue
        kind, value = f.metadata["kind"], entry[name]
        if not kind.allows(value):
            problems.append(f"{where}: {_wrong(name, value, kind)}")
        elif kind.table is not None:
            inner, wrong = read(kind.table, value, f"{where}: [{name}]")
            try:
                values |= {} if wrong else {f.name: kind.table(**inner)}
            except InputError as error:
                wrong = [f"{where}: [{name}]: {problem}" for problem in error.problems]
            problems += wrong
        else:
            values[f.name] = kind.read(value)
    return values, problems


def _wrong(name: str, value: Any, kind: Kind) -> str:
    if kind.choices:
        return unknown(name, str(value), kind.choices)
    shown = "" if "table" in kind.words or len(repr(value)) > 60 else f" = {value!r}:"
    return f"'{name}'{shown} must be {kind.words}"


def written(of: Any) -> dict[str, Any]:
    """What a file says of it: every key that is not at its default."""
    found = {}
    for name, f in keys(type(of)).items():
        kind, value = f.metadata["kind"], getattr(of, f.name)
        if _required(f) or value != _default(f):
            found[name] = written(value) if kind.table is not None else kind.write(value)
    return found


def described(of: type, above: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Key, default, what is allowed and meaning of every key, also of tables inside the table."""
    for name, f in keys(of).items():
        kind = f.metadata["kind"]
        default = "" if _required(f) or kind.table or _default(f) in ("", None, {}, ()) else kind.write(_default(f))
        yield (
            above + name,
            str(default).lower() if isinstance(default, bool) else str(default),
            kind.words,
            f.metadata["meaning"],
        )
        if kind.table is not None:
            yield from described(kind.table, f"{above}{name}.")


def _required(f: dataclasses.Field[Any]) -> bool:
    return f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING


def _default(f: dataclasses.Field[Any]) -> Any:
    return f.default if f.default_factory is dataclasses.MISSING else f.default_factory()

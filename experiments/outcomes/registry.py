"""What an outcome is, and the registry of all outcomes: columns, codebook, options and pages derive from it.

::

    from microdrama.experiments.outcomes import FinishedRun, outcome

    @outcome("empty_bases", "bases", "film bases without a crew at the end")
    def empty_bases(run: FinishedRun) -> float:
        return float((run.economy.bases.crews == 0).sum())

makes a column of every table of runs, in a module of one's own as in this package.
"""

import contextlib
import inspect
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from microdrama.model.economy import MicroDramaEconomy
from microdrama.model.errors import InputError
from microdrama.model.inputs.parameters import PARAMETERS

from ..files import add_source
from .finished_run import FinishedRun

SCALES = {
    "share": (100.0, "points"),
    "0 or 1": (100.0, "% of worlds"),
    "index": (1e4, "x 10,000"),
    "yuan": (1e-6, "million yuan"),
}
"""Factor and unit of display, by unit."""
CITIES: Mapping[str, str] = {}
"""Of a family with a member for every city of the table."""
TAKEN = ("run", "run_id", "point", "seed", "status", "error")
"""Columns of tables of runs that are no outcomes."""


class Display(NamedTuple):
    """How an outcome is shown to people."""

    words: str
    """What it is; ``{city}`` stands for the name of its city."""
    factor: float
    unit: str


class Outcome(NamedTuple):
    """One number (or name) read off a finished run."""

    name: str
    unit: str
    meaning: str
    display: Display
    read: Callable[[FinishedRun], float | str]


class Family(NamedTuple):
    """Outcomes that differ in what they are of, such as the city; one without such axes is a single outcome."""

    name: str
    """With ``{axis}`` where members differ; so in ``meaning`` and the words of ``display``."""
    unit: str
    meaning: str
    display: str | tuple[str, float, str]
    read: Callable[..., float | str]
    axes: Mapping[str, Mapping[str, str]]
    """Members by axis, and what they are called; :data:`CITIES` stands for all cities."""

    def members(self, slugs: Sequence[str]) -> list[Outcome]:
        """The outcomes of a family, for a table with these cities."""
        along = [({slug: slug for slug in slugs} if axis is CITIES else axis).items() for axis in self.axes.values()]
        return [self._member(dict(zip(self.axes, chosen))) for chosen in itertools.product(*along)]

    def _member(self, chosen: Mapping[str, tuple[str, str]]) -> Outcome:
        keys = {axis: key for axis, (key, _) in chosen.items()}
        words = {axis: said for axis, (_, said) in chosen.items()}
        short = {axis: re.split(r",| \(", said)[0] for axis, said in words.items()} | {"city": "{city}"}
        meaning, scale = self.meaning.format(**words), SCALES.get(self.unit, (1.0, self.unit))
        display = Display(self.display, *scale) if isinstance(self.display, str) else Display(*self.display)
        display = display._replace(words=display.words.format(**short) or meaning)
        return Outcome(self.name.format(**keys), self.unit, meaning, display, partial(self.read, **keys))


REGISTRY: dict[str, Family] = {}
"""All families, by name."""
_OWN_MODULES: dict[str, None] = {}


def outcome[F: Callable[..., float | str]](
    name: str, unit: str, meaning: str, *, display: str | tuple[str, float, str] = "", **axes: Mapping[str, str]
) -> Callable[[F], F]:
    """Register the function below as an outcome, or as a family of them.

    Parameters
    ----------
    name : str
        Of its column; ``{axis}`` in it, as in ``meaning`` and ``display``, stands for a member of an axis.
    unit, meaning : str
    display : str or (str, float, str)
        Words for people, with ``{city}`` for the city's name, and factor and unit if not those of :data:`SCALES`;
        the meaning if left out.
    **axes : mapping of str to str
        Members of each axis and their words, or :data:`CITIES`; the function takes the member under the axis' name.

    Raises
    ------
    InputError
        If the name cannot be that of a column, or is taken.
    """

    def register(read: F) -> F:
        family = Family(name, unit, meaning, display, read, axes)
        if not read.__module__.startswith(__package__):
            _check(family)
            add_source(name, _text(read, name))
            _OWN_MODULES[read.__module__] = None
        REGISTRY[name] = family
        return read

    return register


def own_modules() -> list[str]:
    """Users' modules that registered outcomes: what a worker process must import before it runs."""
    return list(_OWN_MODULES)


def _check(family: Family) -> None:
    before = REGISTRY.get(family.name)
    if before and before.read.__module__ != family.read.__module__:  # the same one may register again
        raise InputError(f"outcome '{family.name}': {before.read.__module__} has one of this name; choose another")
    known = {} if before else outcomes([])
    for name in (member.name for member in family.members(["city"])):
        if not re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII):
            raise InputError(f"outcome '{name}': a name has letters, digits and _ only, as it names a column")
        if name in known or name in PARAMETERS or name in TAKEN:
            raise InputError(f"outcome '{name}': tables of runs have a column of this name; choose another")


def _text(read: Callable[..., object], name: str) -> str:
    """Source on which an outcome depends: the file of its function, or the function if it was typed in."""
    with contextlib.suppress(OSError, TypeError):
        return Path(inspect.getfile(read)).read_text(encoding="utf-8")
    with contextlib.suppress(OSError, TypeError):
        return inspect.getsource(read)
    raise InputError(f"outcome '{name}': its source cannot be read; define a function in a file")


def outcomes(slugs: Sequence[str]) -> dict[str, Outcome]:
    """All outcomes by name, for a city table with these cities (those that belong to no city if there are none)."""
    return {member.name: member for family in REGISTRY.values() for member in family.members(slugs)}


def outcome_columns(slugs: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Unit and meaning of every outcome of :func:`summarise`, for a city table with these cities."""
    return {name: (one.unit, one.meaning) for name, one in outcomes(slugs).items()}


def summarise(economy: MicroDramaEconomy, city: str = "") -> dict[str, float | str]:
    """Outcomes of a run, one flat row; :func:`outcome_columns` has units and meanings.

    Parameters
    ----------
    economy : MicroDramaEconomy
        A run of at least one month.
    city : str
        Focal city; Zhengzhou if left out.
    """
    run = FinishedRun(economy, city)
    found = {name: one.read(run) for name, one in outcomes(run.slugs).items()}
    return {name: value if isinstance(value, str) else float(value) for name, value in found.items()}

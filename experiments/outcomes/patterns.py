"""Patterns: what data say, as rows of a table, and what a run says of the same.

::

    pattern,kind,quantity,city,period,against,low,high,value,sign,use,sources,reason
    firms_2024,level,firms,zhengzhou,2024-12,,574,902,,,fit,F074,"the city's count, fewer if some are dormant"
    firms_growth,growth,firms,zhengzhou,2024-12,2023-12,1.15,1.45,,,fit,F072 F074,
    xian_first,rank,top_producers,xian,2024-06,,1,1,,,check,F106,
    cheaper,difference,actor_yuan_day,zhengzhou,2024,beijing,,,,-,check,,
    overtakes,crossing,series_shot,zhengzhou,2023-01..2024-12,hengdian,2024-04,2024-06,,,check,F085 F086,

Only ``quantity`` is needed; what is left out is usual: a level, of all cities, over the last twelve months. A quantity
may be one over another, each of cities of its own if it says so: ``lead_yuan_day/extra_yuan_day``,
``firms@xian/firms@all``; its growth against a period is the change of that ratio. ``factor`` gives a ``value`` its
tolerance: 2 is from half to twice. Rows with the same ``alternative`` are sources that contradict each other: all are
scored, and one that is met is enough. ``refutes`` names what a row can tell from the model: switches, which are
turned off, and values (``agglomeration_scale=0``). ``prediction`` is what the model is expected to say, written before
it is looked at: a word of :data:`PREDICTIONS`, a colon, and why.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from microdrama.model.calendar import FIRST_YEAR, month_name
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.files import number_within, parse_value, read_table
from microdrama.model.inputs.parameters import PARAMETERS, make_parameters

from .finished_run import ratio
from .quantities import ELSEWHERE, LEAST_SCALES, Observations, quantities

KINDS = {
    "level": "the quantity, in the period",
    "ratio": "over that of another city, or of another period",
    "growth": "change since another period, as a share of it",
    "difference": "less that of another city or period; its sign is an ordering",
    "rank": "the city's place among all, 1 the largest",
    "crossing": "first month of the period in which the city is above another (sums over three months)",
    "lasting_crossing": "the same, where it stays above for three months",
    "peak": "month of the period in which it is largest (sums over three months)",
}
CROSSINGS = ("crossing", "lasting_crossing")
DATES = (*CROSSINGS, "peak")
"""Kinds whose values are months."""
BOUNDS = ("low", "high", "value", "sign")
COLUMNS = (
    *("pattern", "kind", "quantity", "city", "period", "against", *BOUNDS),
    *("factor", "central", "unit", "use", "alternative", "block", "sources", "reason", "refutes", "prediction"),
)
USES = {
    "fit": "the model is fitted to it",
    "check": "it is looked at afterwards",
    "bound": "a bound that the project sets itself, no evidence",
    "input": "an input of the model, or set by one nearly alone: shown apart, never counted",
    "apart": "too wide, of another stock, or said by another row already: shown apart, never counted",
}
COUNTED = ("fit", "check", "bound")
"""Uses of rows that count."""
PREDICTIONS = {"met": "inside the interval", "below": "below it", "above": "above it", "open": "not known"}
NEVER = float("inf")
SMOOTHED = 3
"""Months over which dates are looked for."""
LASTING = 3
"""Months for which a crossing must hold to be a lasting one."""


@dataclass(frozen=True)
class Pattern:
    """A row of a table of patterns; months are numbers (0 is January 2021), ``low`` and ``high`` may be infinite."""

    name: str
    kind: str
    quantity: str
    city: str = "all"
    period: tuple[int, int] | None = None
    """First and last month; the last twelve of the run if None."""
    against_city: str = ""
    against_period: tuple[int, int] | None = None
    low: float = float("-inf")
    high: float = float("inf")
    value: float | None = None
    use: str = "check"
    sources: str = ""
    reason: str = ""
    central: float | None = None
    """Most likely value within the interval, where the source has one; no verdict depends on it."""
    alternative: str = ""
    """Name that rows share which contradict each other."""
    block: str = ""
    """What it belongs to."""
    refutes: tuple[str, ...] = ()
    """What it can tell from the model, see :func:`change_of`."""
    prediction: str = ""
    """What the model is expected to say, and why."""

    @property
    def names(self) -> list[str]:
        """Its quantities."""
        return [part.partition("@")[0] for part in self.quantity.split("/")]

    @property
    def unit(self) -> str:
        """Of its values."""
        return self.kind if self.kind != "level" or "/" in self.quantity else quantities()[self.quantity].unit

    @property
    def when(self) -> str:
        """Its period, and the one it is compared with, in words."""
        said = words_of(self.period) if self.period else "last year"
        return f"{said} over {words_of(self.against_period)}" if self.against_period else said

    @property
    def counted(self) -> bool:
        return self.use in COUNTED

    def wrong_at(self, scale: float) -> str:
        """Why it cannot be computed in worlds of this scale; nothing if it can."""
        for name in self.names:
            least, why = LEAST_SCALES.get(name, (0, ""))
            if scale < least:
                return f"{name} is right from scale {least:g} on, the runs have {scale:g}: {why}"
        return ""

    @property
    def scale_free(self) -> bool:
        """Whether the value is the same at any scale of the run."""
        return self.kind not in ("level", "difference") or "/" in self.quantity

    @property
    def observed(self) -> str:
        """What data say, in words."""
        if self.value is not None:
            return self.shown(self.value)
        if self.low == 0 and self.high == NEVER and self.kind in ("growth", "difference"):
            return "above 0"
        if self.high == 0 and self.low == -NEVER:
            return "below 0"
        ends = ["" if abs(end) == NEVER else self.shown(end) for end in (self.low, self.high)]
        return " to ".join(ends) if all(ends) else f"at least {ends[0]}" if ends[0] else f"at most {ends[1]}"

    def shown(self, value: float) -> str:
        """A value in words."""
        if value != value:
            return "undefined"
        if self.kind in DATES:
            return "never" if abs(value) == NEVER else month_name(round(value))
        return f"{value:,.0f}".replace(",", " ") if 1000 <= abs(value) < 1e6 else f"{value:.3g}".replace("e+0", "e")

    def inside(self, value: float) -> bool:
        """Whether a value is in the interval."""
        return self.low <= value <= self.high

    def of(self, seen: Observations) -> float:
        """What a run says (nan: undefined there; infinite: a crossing that never happens)."""
        end = len(seen.months) - 1
        first, last = self.period or (max(0, end - 11), end)

        def measured(city: str, period: tuple[int, int]) -> float:
            parts = (part.partition("@") for part in self.quantity.split("/"))
            found = [seen.measure(name, seen.rows(own or city), *period) for name, _, own in parts]
            return ratio(*found) if len(found) > 1 else found[0]

        here = measured(self.city, (first, last))
        there = measured(self.against_city or self.city, self.against_period or (first, last))
        if self.kind == "level":
            return here
        if self.kind in ("ratio", "growth"):
            return here / there - (self.kind == "growth") if there else float("nan")
        if self.kind == "difference":
            return here - there
        if self.kind == "rank":
            every = [measured(city, (first, last)) for city in seen.cities if city != ELSEWHERE]
            return 1.0 + sum(other > here for other in every)
        months = range(first + SMOOTHED - 1, last + 1)
        path = [measured(self.city, (m - SMOOTHED + 1, m)) for m in months]
        if self.kind == "peak":
            known = [(value, -m) for m, value in zip(months, path, strict=True) if value == value]
            return float(-max(known)[1]) if known else float("nan")
        other = [measured(self.against_city, (m - SMOOTHED + 1, m)) for m in months]
        above = [mine > theirs for mine, theirs in zip(path, other, strict=True)]
        stays = LASTING if self.kind == "lasting_crossing" else 1
        starts = (m for i, m in enumerate(months) if sum(above[i : i + stays]) == stays)
        return float(next(starts, NEVER))


def words_of(period: tuple[int, int]) -> str:
    """A period in words."""
    (first, start), (last, end) = (divmod(month, 12) for month in period)
    if (start, end) == (0, 11):
        return f"{FIRST_YEAR + first}" if first == last else f"{FIRST_YEAR + first} to {FIRST_YEAR + last}"
    begin, finish = (month_name(month) for month in period)
    return begin if begin == finish else f"{begin} to {finish}"


def targets_path(name: str = "targets") -> Path:
    """A table of targets that is shipped: ``targets``, or ``placebos`` of cities that came late or not at all."""
    return Path(str(files("microdrama.experiments").joinpath("evidence", f"{name}.csv")))


def change_of(text: str) -> dict[str, object]:
    """Parameters that an entry of ``refutes`` changes: a switch or form by its name is off, others are ``name=value``.

    Raises
    ------
    InputError
        If there is no such parameter or value.
    """
    name, equals, value = text.partition("=")
    off = "off" if "off" in (PARAMETERS[name].choices if name in PARAMETERS else ()) else False
    change = {name: parse_value(value) if equals else off}
    make_parameters(change)
    return change


def read_patterns(path: str | Path, cities: list[str], months: int | None = None) -> list[Pattern]:
    """A table of patterns, checked.

    Parameters
    ----------
    path : path
        CSV with a header; columns are :data:`COLUMNS`, of which only ``quantity`` must be there.
    cities : list of str
        Cities of the runs.
    months : int, optional
        Months of the runs: periods must end before.

    Raises
    ------
    InputError
        One line for each problem: where, what is allowed, what was probably meant.
    """
    problems: list[str] = []
    found: list[Pattern] = []
    for line, cells in read_table(path, "table of patterns", needed=("quantity",), known=COLUMNS):
        try:
            found.append(make_pattern(cells, f"{path}:{line}", cities, months))
        except InputError as error:
            problems += error.problems
    often = Counter(pattern.name for pattern in found)
    problems += [f"{path}: two patterns are named '{name}'" for name in sorted(often) if often[name] > 1]
    if problems:
        raise InputError(problems)
    return found


def make_pattern(cells: Mapping[str, str], where: str, cities: list[str], months: int | None = None) -> Pattern:
    """A checked pattern from the cells of a row, see :func:`read_patterns`."""
    problems: list[str] = []

    def fail(problem: str) -> None:
        problems.append(f"{where}: {problem}")

    def entry_of[T](name: str, read: Callable[[str], T], otherwise: T) -> T:
        text = cells.get(name, "")
        try:
            return read(text) if text else otherwise
        except ValueError as error:
            fail(f"{name} '{text}': {error}")
            return otherwise

    kind, quantity = cells.get("kind") or "level", cells["quantity"]
    if kind not in KINDS:
        fail(f"unknown kind '{kind}'{meant(kind, KINDS)} (known: {', '.join(KINDS)})")
    parts = [part.partition("@") for part in quantity.split("/")]
    if len(parts) > 2:
        fail(f"quantity '{quantity}': one, or one over another")
    for name, _, _ in parts:
        if name not in quantities():
            fail(f"unknown quantity '{name}'{meant(name, quantities())} (there are: {', '.join(quantities())})")
    use = cells.get("use") or "check"
    if use not in USES:
        fail(f"unknown use '{use}' (known: {', '.join(USES)})")
    city = cells.get("city") or "all"
    known = [*cities, ELSEWHERE, "all"]
    against = cells.get("against", "")
    against_city = against if against and not against[0].isdigit() else ""
    every = (city, against_city, *(own for _, _, own in parts))
    for name in dict.fromkeys(name for cities_of in every if cities_of for name in cities_of.split("+")):
        if name not in known:
            fail(f"unknown city '{name}'{meant(name, known)} (known: {', '.join(known)})")
    period = entry_of("period", read_period, None)
    against_period = entry_of("against", read_period, None) if against and not against_city else None
    for what in (period, against_period):
        if what and months is not None and what[1] >= months:
            fail(f"a period ends in {month_name(what[1])}, the runs in {month_name(months - 1)}")
    if kind in ("ratio", "growth", "difference") and not against:
        fail(f"a {kind} needs 'against': another city, or another period")
    if kind == "growth" and against_city:
        fail("growth is against another period; for cities take a ratio or a difference")
    if kind in CROSSINGS and not against_city:
        fail(f"a {kind} needs 'against': another city")
    if kind in ("rank", *CROSSINGS) and (city == "all" or city == ELSEWHERE):
        fail(f"a {kind} needs a city")
    number = (lambda text: float(read_period(text)[0])) if kind in DATES else _finite
    low, high = entry_of("low", number, -NEVER), entry_of("high", number, NEVER)
    value, central = entry_of("value", number, None), entry_of("central", number, None)
    factor = entry_of("factor", _finite, 0.0)
    if cells.get("factor") and (factor <= 1 or not value or value < 0):
        fail(f"factor {cells['factor']}: must be above 1, of a value above 0")
    elif factor and value:
        low, high, value, central = value / factor, value * factor, None, value
    if (sign := cells.get("sign", "")) and (sign not in ("+", "-") or kind not in ("growth", "difference")):
        fail(f"sign '{sign}': must be + or -, of a growth or a difference")
    bounds = [name for name in BOUNDS if cells.get(name)]
    if not bounds or ({"value", "sign"} & {*bounds} and len(bounds) > 1):
        fail("needs what was observed: 'low', 'high' or both, or a 'value', or a 'sign'")
    if sign == "+":
        low = 0.0
    elif sign == "-":
        high = 0.0
    if low > high:
        fail(f"low {cells['low']} is above high {cells['high']}")
    if central is not None and not low <= central <= high:
        fail(f"central {cells['central']} is not between low and high")
    unit = cells.get("unit", "")
    for entry in (refutes := tuple(cells.get("refutes", "").split())):
        try:
            change_of(entry)
        except InputError as error:
            problems += [f"{where}: refutes '{entry}': {problem}" for problem in error.problems]
    said = cells.get("prediction", "")
    if said and said.partition(":")[0] not in PREDICTIONS:
        fail(f"prediction '{said[:30]}': begin with {', '.join(PREDICTIONS)}, then a colon and why")
    if kind == "level" and unit and quantity in quantities() and unit != quantities()[quantity].unit:
        fail(f"unit '{unit}': {quantity} is in {quantities()[quantity].unit}")
    if problems:
        raise InputError(problems)
    name = cells.get("pattern") or " ".join(filter(None, (quantity, city, cells.get("period", ""), against)))
    about = [cells.get(key, "") for key in ("sources", "reason", "alternative", "block")]
    return Pattern(
        name,
        kind,
        quantity,
        city,
        period,
        against_city,
        against_period,
        low,
        high,
        value,
        use,
        about[0],
        about[1],
        central,
        about[2],
        about[3],
        refutes,
        said,
    )


def _finite(text: str) -> float:
    value, problem = number_within(text, -1e300, 1e300)
    if problem:
        raise ValueError(problem.removeprefix(f"'{text}' "))
    return value


def read_period(text: str) -> tuple[int, int]:
    """First and last month of ``2024``, ``2024-H1``, ``2024-Q3``, ``2024-06``, or of one ``..`` another.

    Raises
    ------
    ValueError
        If it is none of these, or lies before 2021.
    """
    if ".." in text:
        begin, end = (read_period(part.strip()) for part in text.split("..", 1))
        if begin[0] > end[1]:
            raise ValueError("ends before it begins")
        return begin[0], end[1]
    if not (found := re.fullmatch(r"(\d{4})(?:-(?:H([12])|Q([1-4])|(\d\d)))?", text)):
        raise ValueError("write 2024, 2024-H1, 2024-Q3, 2024-06, or one..another")
    year, half, quarter, month = found.groups()
    part, size = (half, 6) if half else (quarter, 3) if quarter else (month, 1) if month else ("1", 12)
    if not 1 <= int(part) * size <= 12:
        raise ValueError("there is no such month")
    first = 12 * (int(year) - FIRST_YEAR) + (int(part) - 1) * size
    if first < 0:
        raise ValueError("runs begin in 2021-01")
    return first, first + size - 1

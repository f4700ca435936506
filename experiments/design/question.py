"""A question in a line (``zhengzhou rebate 10% from 2026-01 budget 50m/year``), read into what a world changes."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from microdrama.model.calendar import month_name
from microdrama.model.errors import InputError, meant
from microdrama.model.inputs.cities import Cities
from microdrama.model.inputs.files import parse_value
from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES
from microdrama.model.inputs.policies import COSTLY, INSTRUMENTS, Window, make_window

from ..outcomes.promises import amount

NAMES = {
    "designation": ("designation", "designate", "designated"),
    "rent_subsidy": ("rent subsidy", "rent subsidies", "subsidised rent", "rent_subsidy"),
    "rebate": ("rebate", "rebates", "production rebate", "tax rebate"),
    "rebate_cap": ("rebate cap", "cap on rebates", "rebate_cap"),
    "public_studio": ("public studio", "public studios", "public base", "public bases", "public_studio"),
    "state_space": ("state space", "state-owned space", "space in kind", "state_space"),
    "free_scenes": ("free scenes", "public scenes", "free_scenes"),
    "state_fund": ("state fund", "fund", "equity", "state_fund"),
    "park_services": ("park services", "services", "park", "park_services"),
    "housing": ("housing",),
    "training": ("training",),
    "hours_cap": ("hours cap", "cap on hours", "shorter days", "hours_cap"),
    "censorship": ("censorship", "campaign"),
}
"""What people call each instrument."""
WITHOUT = {"crisis": "property_crisis", "policy": "policy", "fund": "state_funds", "rent subsidies": "rent_subsidy"}
"""What people call mechanisms that they switch off, beside the names of the switches."""
FILLERS = {"a", "an", "the", "of", "with", "in", "on", "and", "for", "offers", "gives", "pays", "policy", "its", "own"}
HOW = (
    "write CITY INSTRUMENT SIZE [from YYYY-MM] [to YYYY-MM] [budget 50m/year] [zone NAME] [cap 2m/firm], such as "
    '"zhengzhou rebate 10% from 2026-01 budget 50m/year"; or "no crisis", "crisis x1.5", "no rebate", NAME=VALUE; '
    "several with ; between them"
)
_MONEY = r"([\d.,]*\d)\s*(k|thousand|m|mn|million|b|bn|billion)?\b(?:\s*(?:yuan|rmb|cny))?"
_DATE = r"(\d{4}(?:-\d{1,2})?)\b"
_PARTS = {
    "start": rf"\b(?:from|since|starting(?: in)?)\s+{_DATE}",
    "end": rf"\b(?:to|until|till|through)\s+{_DATE}",
    "budget": rf"\bbudget(?: of)?\s+{_MONEY}\s*((?:/|per |a |each )\s*(?:year|yr)|in (?:total|all)|total)?",
    "cap": rf"\bcap(?: of)?\s+{_MONEY}\s*(?:/|per |a )\s*(?:firm|studio)(?:\s*(?:/|and|a|per)\s*year)?",
    "zone": r"\bzone\s+([\w-]+)",
    "ramp": r"\bover\s+(\d+)\s+months\b",
    "mode": r"\b(replace|replacing|instead)\b",
}
_SIZE = r"(?<![\w.-])x?\s*([\d.,]*\d)\s*(%|percent|per cent|k\b|thousand|mn?\b|million|bn?\b|billion|h\b|hours)?"
_UNITS = r"(?:(?:yuan|rmb|cny|m2|scenes|persons|people|studio|firm|series|month|day|a|and|per|/)\b|/|\s)*"


class Question(NamedTuple):
    """What a line asks: windows and parameter values that one world has and the other has not."""

    windows: tuple[Window, ...]
    values: dict[str, Any]
    understood: tuple[str, ...]
    """A sentence for each part."""

    @property
    def start(self) -> int:
        """Month from which the two worlds may differ."""
        return min((window.start for window in self.windows), default=0) if not self.values else 0


def read_question(line: str, cities: Cities) -> Question:
    """A line of one or more parts, with ``;`` between them.

    Raises
    ------
    InputError
        That says what was understood of it, what was not, and what is allowed.
    """
    windows: list[Window] = []
    values: dict[str, Any] = {}
    said: list[str] = []
    for part in filter(None, (part.strip() for part in line.split(";"))):
        if shock := _shock(part):
            values |= shock
            said.append(", ".join(f"{name} = {value}" for name, value in shock.items()) + " in all months")
        else:
            window = _window(part, cities)
            windows.append(window)
            said.append(words_of(window, cities))
    if not said:
        raise InputError(f"nothing is asked: {HOW}")
    return Question(tuple(windows), values, tuple(said))


def words_of(window: Window, cities: Cities) -> str:
    """A policy in a sentence."""
    where = "every city" if window.city == "all" else cities.names[cities.index(window.city)]
    unit = INSTRUMENTS[window.instrument][0]
    number = f"{window.size:,.6g}".replace(",", "") if window.size % 1 else f"{window.size:,.0f}"
    size = f", {number} {unit}" if unit != "1" else ""
    size = f", {100 * window.size:.4g} % of {unit.removeprefix('share of ')}" if unit.startswith("share") else size
    when = f"from {month_name(window.start)}" + (f" to {month_name(window.end - 1)}" if window.end >= 0 else " on")
    said = [f"{where}: {COSTLY.get(window.instrument, NAMES[window.instrument][0])}{size}", when]
    said += [f"for zone {window.zone}"] * bool(window.zone)
    for value, what in (
        (window.budget_yuan_year, "from a budget of its own of {} yuan a year"),
        (window.budget_yuan_total, "from a budget of its own of {} yuan in all"),
        (window.cap_yuan_firm_year, "at most {} yuan a studio and year"),
    ):
        said += [what.format(amount(value))] if value is not None else []
    if window.instrument in COSTLY and not window.has_budget:
        said.append("paid from the city's film budget as it is")
    return ", ".join(said) + (", in place of earlier ones" if window.mode == "replace" else "")


def _shock(part: str) -> dict[str, Any]:
    """Values that a part sets: no crisis, crisis x1.5, no rebate, NAME=VALUE; empty if it is something else."""
    name, equals, text = part.partition("=")
    if equals:
        if name.strip() not in PARAMETERS:
            raise InputError(f"'{part}': no parameter '{name.strip()}'{meant(name.strip(), PARAMETERS)}")
        return {name.strip(): parse_value(text.strip())}
    folded = part.casefold()
    if found := re.fullmatch(r"(?:no|without)\s+(?:the\s+)?(.+)", folded):
        what = found[1].replace(" ", "_")
        what = WITHOUT.get(found[1], what)
        what = what if what in SWITCHES else next((s for s in (what.rstrip("s"), f"{what}s") if s in SWITCHES), what)
        if what not in SWITCHES:
            known = f"; such as {', '.join(WITHOUT)}, or a switch of 'microdrama parameters'"
            raise InputError(
                f"'{part}': no mechanism '{found[1]}' to switch off{meant(what, SWITCHES, otherwise=known)}"
            )
        return {what: "off" if PARAMETERS[what].choices else False}
    if found := re.fullmatch(r"(?:the\s+)?(?:property\s+)?crisis\s*x?\s*([\d.]+)\s*(%?)", folded):
        return {"crisis_strength": float(found[1]) / (100 if found[2] else 1)}
    return {}


def _window(part: str, cities: Cities) -> Window:
    """The policy that a part describes."""
    rest, found = part.casefold(), dict[str, re.Match[str]]()
    for name, pattern in _PARTS.items():
        if match := re.search(pattern, rest):
            found[name] = match
            rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    city, rest = _take(rest, {slug: (slug, *_called(cities, i)) for i, slug in enumerate(cities.slugs)} | ALL)
    instrument, rest = _take(rest, NAMES)
    size, rest = _size(rest, instrument)
    left = [word for word in re.findall(r"[^\s,]+", rest) if word not in FILLERS]
    problems = [f"'{word}' is not understood{meant(word, _vocabulary(cities))}" for word in left]
    if not city:
        problems.append(f"no city (known: all, {', '.join(cities.slugs)})")
    if not instrument:
        problems.append(f"no instrument (known: {', '.join(names[0] for names in NAMES.values())})")
    elif size is None:
        problems.append(f"no size of the {NAMES[instrument][0]} [{INSTRUMENTS[instrument][0]}]")
    if "start" not in found:
        problems.append("no month from which it holds, such as 'from 2026-01'")
    if problems:
        so_far = {"city": city, "instrument": instrument and NAMES[instrument][0], "size": size}
        so_far |= {name: match[0].strip() for name, match in found.items()}
        known = "; ".join(f"{name} {value}" for name, value in so_far.items() if value not in (None, ""))
        raise InputError([f"'{part}': {problems[0]}", *problems[1:], f"understood: {known or 'nothing'}", HOW])
    entry: dict[str, Any] = {"city": city, "instrument": instrument, "size": size, "source": "a question"}
    for name in ("start", "end"):
        if name in found:
            text = found[name][1]
            entry[name] = text if "-" in text else f"{text}-{'01' if name == 'start' else '12'}"
            entry[name] = re.sub(r"-(\d)$", r"-0\1", entry[name])
    if "budget" in found:
        total = "total" in (found["budget"][3] or "") or "all" in (found["budget"][3] or "")
        entry["budget_yuan_total" if total else "budget_yuan_year"] = _number(*found["budget"].groups()[:2])
    if "cap" in found:
        entry["cap_yuan_firm_year"] = _number(*found["cap"].groups()[:2])
    entry |= {"zone": found["zone"][1]} if "zone" in found else {}
    entry |= {"ramp_months": int(found["ramp"][1])} if "ramp" in found else {}
    entry |= {"mode": "replace"} if "mode" in found else {}
    window = make_window(entry, cities.slugs, f"'{part}'")
    if window.start < 0:
        raise InputError(f"'{part}': the model begins in {month_name(0)}")
    return window


ALL = {"all": ("all cities", "every city", "everywhere", "national", "all")}


def _called(cities: Cities, row: int) -> tuple[str, ...]:
    return cities.names[row].casefold(), cities.texts["name_zh"][row]


def _vocabulary(cities: Cities) -> list[str]:
    words = {"from", "to", "until", "budget", "zone", "cap", "year", *cities.slugs}
    return sorted(words | {word for names in NAMES.values() for name in names for word in name.split()})


def _take(text: str, names: dict[str, tuple[str, ...]]) -> tuple[str, str]:
    """Which of these a text names, by its longest name, and the text without it."""
    called = [(name, what) for what, several in names.items() for name in several if name]
    for name, what in sorted(called, key=lambda pair: -len(pair[0])):
        if match := re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            return what, f"{text[: match.start()]} {text[match.end() :]}"
    return "", text


def _size(text: str, instrument: str) -> tuple[float | None, str]:
    """Size in the unit of the instrument, and the text without it."""
    match = re.search(_SIZE + _UNITS, text)
    if match is None or not instrument:
        return (1.0 if instrument == "designation" else None), text
    unit, rest = INSTRUMENTS[instrument][0], f"{text[: match.start()]} {text[match.end() :]}"
    if match[2] in ("%", "percent", "per cent"):
        return _number(match[1], "") / 100, rest
    value = _number(match[1], match[2])
    if unit.startswith("share") and value > 1:
        raise InputError(f"'{match[0].strip()}' is no {unit}: write {match[1]}% or a number from 0 to 1")
    if unit == "million yuan":
        if (match[2] or "")[:1] not in ("m", "b"):
            raise InputError(f"'{match[0].strip()}' for a {NAMES[instrument][0]}: write an amount, such as 500m or 2bn")
        value /= 1e6
    return value, rest


def _number(digits: str, unit: str | None) -> float:
    try:
        return float(digits.replace(",", "")) * {"": 1, "k": 1e3, "t": 1e3, "m": 1e6, "b": 1e9}.get((unit or "")[:1], 1)
    except ValueError:
        raise InputError(f"'{digits}' is not a number") from None

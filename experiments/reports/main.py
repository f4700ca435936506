"""The main experiment as the study that is run, and what is printed and left of it beside its page.

How do policy and property crises shift where the industry clusters? Every seed is run in all four combinations.
A draw depends on the seed, the decision, the agent and the month only, so the runs of a seed differ by what was
switched and by what follows from it, and effects are differences within seeds.
"""

import tempfile
import tomllib
from itertools import product
from pathlib import Path

import numpy as np

from microdrama.model.calendar import month_name
from microdrama.model.inputs.scenario import Scenario
from microdrama.model.inputs.writing import write_scenario

from ..analysis.common import Data
from ..analysis.crisis_figures import CELLS, at
from ..design.study import Study
from ..design.study_file import load_study, study_text
from ..files import Columns, write_parquet
from ..outcomes import WEIGHTS, focal_city

STUDY = "crisis_and_policy"
"""The shipped study that is run."""
REGISTER = {
    "question": "How do policy and property crises shift where the industry clusters?",
    "hypothesis": "Micro-dramas are series of about 90 vertical episodes of two minutes. Much of their production in "
    "China gathered in an inland manufacturing city in a property crisis, {city}. Cheap space and "
    "subsidies are the usual story. Here it is put to a test in a simulated economy in which a crisis "
    "lowers rents and empties malls, but also drains the land revenue that pays for subsidies. What comes "
    "out is not put in. House prices move as observed or stay where they were in June 2021; officials carry out the "
    "policies they announced or none. Both switches act on all cities at once, so an effect on one city "
    "is what it gains or loses against the others. A seed gives every agent the same draws in all four "
    "combinations: effects are differences within seeds.",
    "metric": "city_share_shoot_days_observed",
    "analysis": "crisis_and_policy",
    "overturned_by": "Effects that are not distinguishable from zero.",
}
PATHS = ("shoot_days", "studios", "value_yuan", "rent_yuan_m2_month", "house_index")
"""Columns of the panel whose paths are written."""
PATH_COLUMNS: Columns = {
    "combination": ("", "combination of crisis and policy"),
    "month": ("YYYY-MM", "month"),
    "city": ("", "city"),
    "variable": ("", "column of the panel, as a share of all cities where its name begins with share_"),
    "mean": ("as the variable", "mean over seeds"),
    "low": ("as the variable", "5 % quantile over seeds"),
    "high": ("as the variable", "95 % quantile over seeds"),
}


def study_of(scenario: Scenario, seeds: int, city: str = "") -> Study:
    """The shipped study in another scenario, at its size, with so many seeds."""
    said = tomllib.loads(study_text(STUDY).decode())
    said = {key: value for key, value in said.items() if key not in ("months", "scale", "quick")}
    name = scenario.cities.names[scenario.cities.index(focal_city(scenario.cities, city))]
    register = REGISTER | {"hypothesis": REGISTER["hypothesis"].format(city=name)}
    with tempfile.TemporaryDirectory() as work:
        said |= {"scenario": write_scenario(scenario, Path(work), scenario.name), "seeds": seeds, "city": city}
        study = load_study(said | {"register": register}, folder=Path(work))
    study.name = STUDY
    return study


def write_paths(data: Data, folder: Path) -> None:
    """Write ``paths.parquet``: means over seeds of the paths of cities, and the bounds that hold nine seeds in ten."""
    table: dict[str, list[np.ndarray]] = {name: [] for name in PATH_COLUMNS}
    for name in PATHS:
        values = data.path(name)[[at(data, cell) for cell in CELLS]]
        if name in WEIGHTS:
            total = values.sum(axis=-1, keepdims=True)
            values, name = np.divide(values, total, out=np.zeros_like(values), where=total > 0), f"share_{name}"
        months = [month_name(month) for month in range(values.shape[2])]
        low, high = np.quantile(values, [0.05, 0.95], axis=1)
        places = np.array([*product(CELLS, months, data.slugs)]).T
        columns = (*places, np.full(places.shape[1], name), values.mean(axis=1), low, high)
        for parts, part in zip(table.values(), columns, strict=True):
            parts.append(part.ravel())
    write_parquet(
        folder / "paths.parquet", {name: np.concatenate(parts) for name, parts in table.items()}, PATH_COLUMNS
    )

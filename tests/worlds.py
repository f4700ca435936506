"""What tests share: worlds with every instrument, any parameters, any mechanisms; workbooks; a local executor."""

from concurrent.futures import Executor, Future

import numpy as np
import pytest

from microdrama.model.inputs.parameters import PARAMETERS, SWITCHES
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.zones import Zone


def every_instrument():
    """The baseline with all instruments in force early, so that short runs meet every mechanism."""
    scenario = load_scenario("baseline")
    sizes = {
        "designation": 1,
        "rent_subsidy": 0.5,
        "rebate": 0.1,
        "rebate_cap": 2e5,
        "public_studio": 2e5,
        "state_fund": 2000,
        "hours_cap": 10,
        "censorship": 3,
    }
    scenario.policies = (
        *(Window(c, name, 2, float(size), end=30) for name, size in sizes.items() for c in ("zhengzhou", "shanghai")),
        Window("xian", "rebate", 1, 0.3, budget_yuan_year=2e6),
        Window("xian", "rebate", 4, 0.1, end=8),
        Window("xian", "rent_subsidy", 1, 0.8, budget_yuan_total=1e6, end=9),
        Window("beijing", "rebate", 1, 0.5, budget_yuan_year=5e7, budget_yuan_total=8e7, ramp_months=3),
        Window("beijing", "state_fund", 2, 900, end=20, budget_yuan_year=5e8),
        Window("beijing", "public_studio", 2, 4e4, budget_yuan_total=6e7),
        Window("shanghai", "rebate", 6, 0.2, end=12, mode="replace"),
        Window("zhengzhou", "training", 1, 130.0, end=20),
        Window("xian", "training", 3, 400.0, budget_yuan_year=1e7),
        Window("zhengzhou", "state_space", 1, 6e5, end=20),
        Window("all", "state_space", 0, 5e5, budget_yuan_year=1e6, end=30),
        Window("zhengzhou", "free_scenes", 1, 60.0, end=20, ramp_months=6),
        Window("beijing", "free_scenes", 3, 200.0, budget_yuan_year=2e7),
        Window("all", "free_scenes", 10, 5.0, end=14),
        Window("all", "rent_subsidy", 8, 0.1, end=14, mode="replace", budget_yuan_year=3e6),
        Window("all", "designation", 9, 0.3, end=11, mode="replace"),
        Window("all", "censorship", 5, 1.0, end=7, mode="replace"),
    )
    return scenario


def with_parks():
    """All of them, and what cities give to studios in parts of them, which needs offices by who is nearby."""
    scenario = every_instrument()
    scenario.zones += tuple(Zone(c, "west", "", "district", -6, 0, 14) for c in scenario.cities.slugs)
    scenario.policies += (
        Window("zhengzhou", "park_services", 2, 8000.0, zone="airport", cap_yuan_firm_year=6e4, budget_yuan_year=3e6),
        Window("zhengzhou", "park_services", 8, 2000.0, zone="airport", end=12, mode="replace"),
        Window("zhengzhou", "housing", 4, 9000.0, zone="zhengdong", budget_yuan_total=2e6),
        Window("xian", "rent_subsidy", 3, 0.6, zone="qinhan", end=18, cap_yuan_firm_year=2e4),
        Window("xian", "rent_subsidy", 1, 0.5, zone="centre", ramp_months=4),
        Window("shanghai", "housing", 1, 3000.0, ramp_months=4),
        Window("shanghai", "rent_subsidy", 5, 0.3, cap_yuan_firm_year=1e4),
        Window("all", "park_services", 5, 40_000.0, end=12),
        Window("zhengzhou", "public_studio", 3, 9e4, zone="zhengdong", end=20),
        Window("xian", "public_studio", 2, 8e5, zone="qujiang", end=14),
        *(Window(c, "state_space", 1, 5e6, zone="west", end=20) for c in scenario.cities.slugs),
        *(Window(c, "state_fund", 1, 9000.0, zone="west", budget_yuan_year=1e9) for c in scenario.cities.slugs),
    )
    return scenario


def anything_allowed(rng):
    """Values of about a third of the parameters: ends of their ranges, inside, and multiples of the default."""
    values = {}
    for name, p in PARAMETERS.items():
        if p.layer == "run" or name.startswith(("promotion_share", "content_share", "fee_at_")):
            continue
        if p.kind is bool or p.choices:
            values[name] = rng.choice(p.choices).item() if p.choices else bool(rng.random() < 0.8)
        elif rng.random() < 0.35:
            low, high = p.low, min(p.high, 1e12)
            drawn = rng.choice([low, high, rng.uniform(low, high), (p.default or 1) * np.exp(rng.normal())])
            values[name] = p.kind(np.clip(drawn, low, high))
    return values


def off(switch):
    """The value that turns a mechanism off."""
    return "off" if PARAMETERS[switch].choices else False


def any_mechanisms(rng):
    """Every mechanism on with a chance of 60 per cent."""
    return {switch: off(switch) for switch in SWITCHES if rng.random() > 0.6}


def workbook(path, **sheets):
    """An Excel file of these sheets, each a list of rows."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


class Here(Executor):
    """Runs jobs in this process, at once."""

    def submit(self, fn, /, *args, **kwargs):
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future

"""Cities that were not in the fit: rows of the city table, and no refit."""

import csv
import io
from importlib.resources import files

import numpy as np
import pytest

from microdrama.experiments.design.ensembles import members
from microdrama.model import MicroDramaEconomy

pytestmark = pytest.mark.slow

TABLE = files("microdrama.model.inputs.evidence").joinpath("cities.csv").read_text(encoding="utf-8")
PLAIN = {"studios_2020": 5, "workers_2020": 2000, "base_crews_2020": 2, "costume_crews_2020": 0, "authors": 0.02}
OTHERS = {  # house prices F276 and F268, salary F191; the rest as in Changsha, people as of the 2020 census
    "hefei": {
        "name": "Hefei",
        "name_zh": "合肥",
        "latitude": 31.82,
        "longitude": 117.23,
        "employment_million": 5.0,
        "house_peak_month": "2021-07",
        "house_peak_index": 103.5,
        "house_index_2023_12": 97.4,
        "house_index_2025_12": 82.3,
    },
    "jinan": {
        "name": "Jinan",
        "name_zh": "济南",
        "latitude": 36.65,
        "longitude": 117.12,
        "employment_million": 4.9,
        "house_peak_month": "2021-08",
        "house_peak_index": 102.5,
        "house_index_2023_12": 94.9,
        "house_index_2025_12": 81.3,
        "salary_yuan_month": 9154,
    },
}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The baseline with two more cities."""
    folder = tmp_path_factory.mktemp("world")
    rows = list(csv.DictReader(io.StringIO(TABLE)))
    changsha = next(row for row in rows if row["city"] == "changsha")
    rows += [changsha | {"city": slug} | PLAIN | own for slug, own in OTHERS.items()]
    with (folder / "cities.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    path = folder / "more.toml"
    path.write_text('title = "More"\ndescription = "More cities."\nextends = "baseline"\ncities = "cities.csv"\n')
    return path


def test_cities_with_nothing_to_show_for_them_get_small_clusters(world):
    """No larger a part of the industry than of the people, in firms and in shooting, over the ensemble."""
    firms, days = [], []
    for seed, values in enumerate(members("calibrated", 8)):
        economy = MicroDramaEconomy(world, seed, scale=0.2, **values)
        economy.run_for(48)
        year = economy.panel.array("shoot_days")[36:].sum(axis=0)
        people = economy.cities.employment_million / economy.cities.employment_million.sum()
        studios = economy.studios_by_city()
        firms.append(studios / studios.sum() / people)
        days.append(year / year.sum() / people)
    new = [economy.cities.index(slug) for slug in OTHERS]
    quotients = np.mean(firms, axis=0), np.mean(days, axis=0)
    for quotient in quotients:
        assert (quotient[new] > 0.1).all() and (quotient[new] < 1.1).all(), quotient
        assert quotient[new].max() < quotient[economy.cities.index("zhengzhou")], quotient

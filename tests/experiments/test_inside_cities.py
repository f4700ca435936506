"""Clusters inside cities, from the tables of a run."""

import csv

import numpy as np
import pandas
import pytest

from microdrama.experiments import cli
from microdrama.experiments.outcomes import inside_cities as inside
from microdrama.experiments.outcomes.recorder import Recorder
from microdrama.experiments.outcomes.run_tables import write_run
from microdrama.experiments.run import run
from microdrama.model.clustering import INSIDE, MEASURES, clustering
from microdrama.model.errors import InputError


@pytest.fixture(scope="module")
def economy_and_tables():
    recorder = Recorder(["studios", "bases"])
    economy = run("baseline", 1, months=13, scale=0.1, watch=recorder.record)
    return economy, recorder, {name: table for name, (table, _) in recorder.tables().items()}


def test_every_city_has_every_measure(economy_and_tables):
    economy, _, tables = economy_and_tables
    found = inside.clusters(economy.panel.cells(), **tables, cell_km=economy.p.cell_km, draws=99)
    assert [one.city for one in found] == economy.cities.slugs
    table = inside.clustering_table(found)
    assert list(table) == list(inside.CLUSTERING_COLUMNS)
    names = [*MEASURES, *inside.DISTANCES]
    assert table["measure"].tolist() == names * len(found)
    assert set(table["month"]) == {"2022-01"}
    assert (table["studios"][:: len(names)] == economy.panel.last("studios")).all()
    frame = pandas.DataFrame(economy.panel.cells())  # as an analysis gets the cells of a sweep
    (again,) = inside.clusters(frame[frame["city"] == "xian"], cell_km=economy.p.cell_km, draws=99)
    (xian,) = (one for one in found if one.city == "xian")
    np.testing.assert_array_equal([*again.found.measures.values()], [*xian.found.measures.values()])
    curves = inside.k_density_table(found)
    assert list(curves) == list(inside.CURVE_COLUMNS)
    assert set(curves["city"]) <= set(economy.cities.slugs)


def test_the_table_is_what_the_functions_give(economy_and_tables):
    economy, _, tables = economy_and_tables
    region, row = economy.region, economy.cities.index("zhengzhou")
    here = region.city == row
    cell = economy.studios.cell
    counts = np.bincount(cell, minlength=len(here))[here]
    direct = clustering(
        counts,
        np.column_stack([region.x, region.y])[here],
        region.distance_km[here],
        cell_km=2.0,
        floor=region.stock_m2[here],
        draws=99,
    )
    by_cells, by_studios = (
        inside.clusters(economy.panel.cells(), studios, cell_km=2.0, draws=99)[row]
        for studios in (None, tables["studios"])
    )
    for found in (by_cells, by_studios):
        np.testing.assert_allclose([*found.found.measures.values()], [*direct.measures.values()])
    assert by_cells.distances["centre_km"].value == pytest.approx(
        region.distance_km[cell][economy.studios.city == row].mean(), rel=1e-13
    )


def test_distances_to_bases_that_are_open(economy_and_tables):
    economy, _, tables = economy_and_tables
    region, bases = economy.region, economy.bases
    works = bases.opens <= economy.month
    row = np.bincount(bases.city[works]).argmax()
    there = bases.cell[works & (bases.city == row)]
    plain = [
        min(max(2 * np.hypot(region.x[c] - region.x[b], region.y[c] - region.y[b]), 2 * INSIDE) for b in there)
        for c in economy.studios.cell[economy.studios.city == row]
    ]
    found = inside.clusters(economy.panel.cells(), None, tables["bases"], cell_km=2.0, draws=99)[row].distances
    assert found["nearest_base_km"].value == pytest.approx(np.mean(plain), rel=1e-12)
    assert found["nearest_base_km"].low < found["nearest_base_km"].expected < found["nearest_base_km"].high
    assert found["base_centre_km"].value == pytest.approx(region.distance_km[there].mean(), rel=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("scale, pull, fewest, most", [(0.3, 0, 0, 3), (0.3, 1, 7, 16), (1, 0, 0, 3), (1, 1, 14, 16)])
def test_studios_cluster_where_they_look_for_studios_and_nowhere_else(scale, pull, fewest, most):
    """Of two runs' 16 cities: beyond what rents and the centre draw, 5 % by chance without the pull of others."""
    found = []
    for seed in (1, 2):
        economy = run("baseline", seed, months=60, scale=scale, office_spillover=float(pull))
        cells = economy.panel.cells()
        drawn = inside.drawn_by_rents(cells, economy.p.to_dict())
        found += inside.clusters(cells, cell_km=2.0, drawn=drawn, draws=199)
    for name in ("dense_share", "k_localised", "morans_i"):
        assert fewest <= sum(one.found.measures[name].above for one in found) <= most, name


def test_a_folder_of_a_run_gives_the_same(economy_and_tables, tmp_path):
    economy, recorder, tables = economy_and_tables
    folder = write_run(economy, tmp_path / "run", recorder=recorder)
    last = inside.clusters_of_run(folder, draws=99)
    december = inside.clusters_of_run(folder, month="2021-12", draws=99)
    assert {one.month for one in december} == {"2021-12"}
    snapshots = economy.panel.cell_snapshots()
    direct = inside.clusters(snapshots, None, tables["bases"], cell_km=2.0, month="2021-12", draws=99)
    for found, expected in zip(december, direct, strict=True):
        np.testing.assert_allclose([*found.found.measures.values()], [*expected.found.measures.values()])
        np.testing.assert_allclose([*found.distances.values()], [*expected.distances.values()])
    assert {one.month for one in last} == {"2022-01"}


def test_the_command_prints_the_table_and_writes_it(economy_and_tables, tmp_path, capsys):
    economy, recorder, _ = economy_and_tables
    folder, file = str(write_run(economy, tmp_path / "run", recorder=recorder)), tmp_path / "clusters.csv"
    assert cli.main(["clusters", folder, "--draws", "99", "--out", str(file)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("2022-01; null: 99 cities that keep the studios at every distance from the centre\n")
    assert printed.count("| zhengzhou |") == len(MEASURES) + len(inside.DISTANCES)
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [*rows[0]] == [*inside.CLUSTERING_COLUMNS]
    assert len(rows) == len(economy.cities) * (len(MEASURES) + len(inside.DISTANCES))
    assert cli.main(["clusters", folder, "--draws", "99", "--city", "xian"]) == 0
    assert "zhengzhou" not in capsys.readouterr().out
    for words, message in (
        (["--city", "xi"], "unknown city 'xi'; did you mean 'xian'?"),
        (["--month", "2021-06"], "cells: unknown month '2021-06'"),
        (["--draws", "5"], "--draws: 5: must be a whole number from 19"),
        (["--out", str(file)], "already exists"),
    ):
        assert cli.main(["clusters", folder, *words]) == 2
        assert message in capsys.readouterr().err


def test_what_is_not_there_is_named(economy_and_tables, tmp_path):
    economy, _, tables = economy_and_tables
    with pytest.raises(InputError, match="cells: unknown month '2030-01'"):
        inside.clusters(economy.panel.cells(), cell_km=2.0, month="2030-01")
    with pytest.raises(InputError, match="studios: unknown month '2022-01'"):
        early = {name: values[tables["studios"]["month"] < "2022"] for name, values in tables["studios"].items()}
        inside.clusters(economy.panel.cells(), early, cell_km=2.0)
    cells = economy.panel.cells()
    some = {name: values[cells["city"] == "zhengzhou"] for name, values in cells.items()}
    for name in ("studios", "bases"):
        with pytest.raises(InputError, match=f"{name}: their cells are not those of the table of cells"):
            inside.clusters(some, **{name: tables[name]}, cell_km=2.0)
    with pytest.raises(InputError, match="holds no run; give a folder"):
        inside.clusters_of_run(tmp_path)

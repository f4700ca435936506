"""Populations recorded month by month: recording changes no result and agrees with the panel."""

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from microdrama.experiments import cli
from microdrama.experiments.files import write_parquet
from microdrama.experiments.outcomes import micro
from microdrama.experiments.outcomes.recorder import CHOICES, Recorder, _sample, read_tables
from microdrama.experiments.run import run
from microdrama.model import MicroDramaEconomy
from microdrama.model.accounts.ledger import FLOWS, SECTORS
from microdrama.model.calendar import month_name
from microdrama.model.categories import ROLES
from microdrama.model.errors import InputError
from worlds import with_parks


@pytest.fixture(scope="module")
def recorded():
    recorder = Recorder(CHOICES, 0.25)
    worked = []

    def watch(econ):
        recorder.record(econ)
        actors, chosen = econ.actors, _sample(econ.actors.id, 0.25)
        worked.append(dict(zip(actors.id[chosen], zip(actors.days_worked[chosen], actors.earned_fen[chosen]))))

    economy = run(with_parks(), 2, 6, scale=0.02, watch=watch, begin=recorder.begin)
    economy.worked = worked
    return economy, {name: table for name, (table, _) in recorder.tables().items()}, recorder


def test_recording_changes_nothing(recorded):
    economy, _, _ = recorded
    plain = run(with_parks(), 2, 6, scale=0.02)
    for name, column in plain.panel.city_month().items():
        np.testing.assert_array_equal(column, economy.panel.city_month()[name], name)
    for mine, theirs in zip(plain.tables(), economy.tables()):
        for name in mine.columns():
            assert (getattr(mine, name) == getattr(theirs, name)).all()


def test_studios_and_funds_are_those_of_the_economy(recorded):
    economy, tables, _ = recorded
    studios, panel = tables["studios"], economy.panel.city_month()
    for month, city, count in zip(panel["month"], panel["city"], panel["studios"]):
        assert np.sum((studios["month"] == month) & (studios["city"] == city)) == count
    last = studios["month"] == "2021-06"
    assert (studios["cash_fen"][last] == economy.studios.cash_fen).all()
    assert (studios["expected_overseas"][last] == economy.studios.expected[:, 2]).all()
    funds = tables["funds"]
    assert funds["raised_fen"][funds["month"] == "2021-06"].sum() == (
        economy.state_funds.raised_fen.sum() + economy.private_funds.raised_fen.sum()
    )
    assert len(tables["cells"]["x"]) == 6 * len(economy.region.x)
    assert set(tables["platforms"]["mode"]) == {"paid", "ad", "overseas"}


def test_jobs_join_workers_to_employers_and_series_and_add_up_to_the_books(recorded):
    economy, tables, _ = recorded
    jobs, studios, months = tables["jobs"], tables["studios"], sorted({*tables["jobs"]["month"]})
    assert len(months) > 3 and {*jobs["role"]} <= {*ROLES}
    for month, worked in enumerate(economy.worked):
        now = jobs["month"] == month_name(month)
        for actor in {*jobs["actor"][now]}:
            own = now & (jobs["actor"] == actor)
            if int(actor) in worked:  # who left the trade in the month has no row at its end
                assert (jobs["days"][own].sum(), round(100 * jobs["wage_yuan"][own].sum())) == worked[int(actor)]
        assert sum(days > 0 for days, _ in worked.values()) <= len({*jobs["actor"][now]})
    ended = economy.panel.series()
    known = {*zip(jobs["studio"], jobs["born"], jobs["slot"])}
    assert {*zip(ended["studio"], ended["born"], ended["slot"])} & known  # the key of a series joins the two
    assert {*jobs["studio"]} & {*studios["studio"]}
    panel = economy.panel.city_month()
    for name, column in (
        ("job_days", "paid_days"),
        ("paid_wages_yuan", "wages_yuan"),
        ("received_rebate_yuan", "paid_rebate_yuan"),
        ("received_park_services_yuan", "paid_park_services_yuan"),
        ("received_housing_yuan", "paid_housing_yuan"),
        ("claimed_housing_yuan", "claimed_housing_yuan"),
    ):
        assert studios[name].sum() > 0, name
        for month in months:
            whole = panel[column][panel["month"] == month].sum()
            found = studios[name][studios["month"] == month].sum()
            assert 0.9 * whole - 1 <= found <= whole + 1, (name, month)  # those that closed in the month are not there
    claims = studios["claimed_rent_subsidy_yuan"].sum()
    assert claims > 0 and (studios["received_rent_subsidy_yuan"] <= studios["claimed_rent_subsidy_yuan"] + 0.01).all()
    assert abs(claims - panel["claimed_rent_subsidy_yuan"].sum()) <= 0.1 * claims
    funds = {*tables["funds"]["name"]}
    assert {*studios["private_fund"], *studios["state_fund"]} - {""} <= funds
    assert {*tables["bases"]["owner"]} <= {"city", "private"}


def test_the_sample_of_actors_is_the_same_persons_every_month(recorded):
    economy, tables, _ = recorded
    actors = tables["actors"]
    share = np.sum(actors["month"] == "2021-06") / len(economy.actors)
    assert 0.2 < share < 0.3
    first, last = (set(actors["actor"][actors["month"] == month]) for month in ("2021-01", "2021-06"))
    assert first & set(economy.actors.id) <= last


def test_columns_are_described_and_named(recorded):
    _, _, recorder = recorded
    for name, (table, columns) in recorder.tables().items():
        assert name == "cells" or {*table} == {*columns}
        assert all(len(values) == len(next(iter(table.values()))) for values in table.values())


def test_words_of_the_command():
    assert read_tables("studios, actors=0.2,cells") == (["studios", "actors", "cells"], 0.2)
    assert read_tables(Recorder(*read_tables("bases,actors=0.1")).text) == (["bases", "actors"], 0.1)
    for words, message in (
        ("studis", "did you mean 'studios'"),
        ("actors=2", "above 0"),
        ("actors=few", "above 0"),
        ("cells=0.1", "only actors"),
    ):
        with pytest.raises(InputError, match=message):
            read_tables(words)


def test_recording_needs_a_folder_and_the_old_option_is_read(capsys, tmp_path):
    assert cli.main(["run", "--record", "studios"]) == 2
    assert "--record: name a folder for the tables with --out" in capsys.readouterr().err
    small = ["run", "--months", "1", "--scale", "0.02", "--keep", "bases", "--out", str(tmp_path / "out")]
    assert cli.main(small) == 0
    assert "--keep is now called --record" in capsys.readouterr().err and (tmp_path / "out" / "bases.parquet").is_file()


def test_what_studios_paid_and_received_is_what_the_ledger_says():
    """Flow by flow, in months in which no studio closes; those that compiled phases pay too."""
    econ = MicroDramaEconomy("baseline", rng=3, scale=0.05, exit=False)
    observer, seen = micro.Observer(), set()
    observer.begin(econ)
    for _ in range(8):
        econ.run_for(1)
        found, _ = observer.month(econ)
        flows = dict(zip(FLOWS, econ.ledger.matrix, strict=True))
        at = list(SECTORS).index("ST")
        for prefix, known, axis in (("paid", micro.COSTS, 0), ("received", micro.RECEIPTS, 1)):
            for name in known:
                booked = flows[name].take(at, axis).sum() / 100
                assert found[f"{prefix}_{name}_yuan"].sum() == pytest.approx(booked, abs=0.001), name
                seen |= {name} if booked else set()
    assert {"script", "wages", "set_hire", "inputs", "office_rent", "film_tax", "commission"} <= seen


@pytest.mark.parametrize(
    "values",
    [
        np.array([1.5, np.nan, -np.inf]),
        np.arange(12).reshape(3, 4)[:, 1],
        np.array([7, -1], np.int32),
        np.array([True, False, True] * 5),
        np.array(["Xi'an", "", "郑州"]),
        np.zeros(0, "U4"),
        np.array(["a", None], object),
    ],
    ids=str,
)
def test_a_column_is_written_as_pyarrow_would(values, tmp_path):
    write_parquet(tmp_path / "t.parquet", {"x": values}, {"x": ("", "")})
    table = pq.read_table(tmp_path / "t.parquet")
    wanted = pa.array(values)
    table.validate(full=True)
    assert table["x"].type == wanted.type and table["x"].null_count == wanted.null_count
    assert str(table["x"].combine_chunks()) == str(wanted)

"""The economy as a Mesa user meets it."""

import mesa
import numpy as np
import pytest

from model import (
    Actor,
    CityOfficial,
    FilmBase,
    InvestmentFund,
    MicroDramaEconomy,
    Platform,
    Publisher,
    Studio,
)
from model.agents import AgentGone


@pytest.fixture
def economy():
    result = MicroDramaEconomy("baseline", rng=2, scale=0.03)
    result.run_for(3)
    return result


def test_agents_are_genuine_mesa_agents_in_agent_sets(economy):
    studios = economy.agents_by_type[Studio]
    assert all(isinstance(s, mesa.Agent) and s.model is economy for s in studios)
    assert len(studios) == len(economy.studios)
    assert len(economy.agents_by_type[CityOfficial]) == 8
    kinds = {type(a) for a in economy.agents}
    assert (
        {Studio, Actor, CityOfficial, InvestmentFund, Platform, Publisher, FilmBase}
        == kinds
        == set(economy.agent_types)
    )
    assert len({a.unique_id for a in economy.agents}) == len(economy.agents)


def test_agent_sets_work_as_mesa_users_expect(economy):
    studios = economy.agents_by_type[Studio]
    rich = studios.select(lambda s: s.cash_yuan > 1e6)
    assert 0 < len(rich) < len(studios)
    assert studios.agg("quality", np.mean) == pytest.approx(economy.studios.quality.mean())
    assert sum(len(group) for _, group in studios.groupby("city")) == len(studios)


def test_a_view_reads_and_writes_its_row(economy):
    studio = economy.agents_by_type[Studio][4]
    assert studio.cash_yuan == economy.studios.cash_fen[4] / 100
    assert studio.city == economy.cities.slugs[economy.studios.city[4]]
    studio.quality, studio.city = 0.25, "zhengzhou"
    assert economy.studios.quality[4] == 0.25
    assert economy.studios.city[4] == economy.cities.index("zhengzhou")
    with pytest.raises(AttributeError, match="ledger"):
        studio.cash_fen = 10**9
    with pytest.raises(AttributeError, match="no attribute 'csah'"):
        _ = studio.csah


def test_the_same_agent_is_the_same_object(economy):
    first = economy.agents_by_type[Studio][0]
    first.note = "seen"  # anything else a user hangs on it stays
    economy.run_for(2)
    again = next(s for s in economy.agents_by_type[Studio] if s.key == first.key)
    assert again is first and again.note == "seen"


def test_a_stale_view_says_that_its_agent_is_gone(economy):
    by_key = {s.key: s for s in economy.agents_by_type[Studio]}
    while set(by_key) <= set(economy.studios.id.tolist()):
        economy.step()
    gone = next(s for key, s in by_key.items() if key not in set(economy.studios.id.tolist()))
    assert not gone.alive and "gone" in repr(gone)
    with pytest.raises(AgentGone, match="lives no more"):
        _ = gone.cash_yuan
    assert gone not in economy.agents_by_type[Studio]


def test_an_unknown_class_is_refused(economy):
    with pytest.raises(KeyError, match="Studio, Actor"):
        economy.agents_by_type[int]


def test_cells_of_the_grid_know_who_is_there(economy):
    studio = economy.agents_by_type[Studio][0]
    assert studio in studio.cell.agents and not studio.cell.is_empty
    assert studio.cell.city == studio.city
    assert studio.cell.rent_yuan_m2_month == economy.region.rent[economy.studios.cell[0]]
    assert studio.cell in economy.grid.all_cells and 3 <= len(studio.cell.neighborhood) <= 8
    outside = next(cell for cell in economy.grid.all_cells if cell.city is None)
    assert outside.is_empty
    with pytest.raises(LookupError, match="outside the cities"):
        _ = outside.rent_yuan_m2_month


def test_the_usual_ways_to_run(economy):
    assert (economy.time, economy.date, len(economy.panel)) == (3, "2021-04", 3)
    economy.step()
    economy.run_for(12)
    assert (economy.time, economy.date) == (16, "2022-05")
    frame = economy.datacollector.get_model_vars_dataframe()
    assert len(frame) == 16 and frame["month"].iloc[0] == "2021-01"
    shares = frame.filter(like="share_").iloc[-1]
    assert shares.sum() == pytest.approx(1)
    assert shares["share_zhengzhou"] == pytest.approx(economy.share("zhengzhou"))


def test_the_scenario_is_on_the_model(economy):
    assert economy.scenario.name == "baseline" and economy.scenario.model is economy
    assert economy.scenario.rng == 2


def test_seeds_of_every_sort():
    assert MicroDramaEconomy(rng=np.int64(3), scale=0.02).seed == 3
    a, b = (MicroDramaEconomy(rng=np.random.default_rng(1), scale=0.02).seed for _ in range(2))
    assert a == b
    assert MicroDramaEconomy(scale=0.02).seed != MicroDramaEconomy(scale=0.02).seed
    for wrong in ("1", 1.5, True):
        with pytest.raises(TypeError, match="whole number"):
            MicroDramaEconomy(rng=wrong)
    with pytest.raises(ValueError, match="negative"):
        MicroDramaEconomy(rng=-1)

"""The economy as a Mesa user meets it."""

import copy

import mesa
import numpy as np
import pytest
from mesa.agentset import AbstractAgentSet
from mesa.discrete_space import Cell

from microdrama.model import (
    Actor,
    CityOfficial,
    FilmBase,
    InputError,
    InvestmentFund,
    MicroDramaEconomy,
    Platform,
    Publisher,
    Studio,
)
from microdrama.model.categories import MODES, ROLES
from microdrama.model.populations.views import AgentGone

KINDS = {
    Studio: ("studios",),
    Actor: ("actors",),
    FilmBase: ("bases",),
    CityOfficial: ("officials",),
    Platform: ("platforms",),
    Publisher: ("publishers",),
    InvestmentFund: ("private_funds", "state_funds"),
}


def make(months=3, **values):
    result = MicroDramaEconomy("baseline", **({"rng": 2, "scale": 0.03} | values))
    if months:
        result.run_for(months)
    return result


@pytest.fixture
def economy():
    return make()


def outcome(econ):
    return np.stack([*econ.panel._months])


def run_until_a_studio_closes(econ):
    """Views of the studios before, by key, and one of those that are gone."""
    by_key = {s.key: s for s in econ.agents_by_type[Studio]}
    for _ in range(100):
        if not set(by_key) <= set(econ.studios.id.tolist()):
            break
        econ.step()
    return by_key, next(s for key, s in by_key.items() if key not in set(econ.studios.id.tolist()))


# ---------------------------------------------------------------------------- agent sets


@pytest.mark.parametrize("kind", KINDS)
def test_agents_are_genuine_mesa_agents_in_agent_sets(economy, kind):
    agents, tables = economy.agents_by_type[kind], [getattr(economy, name) for name in KINDS[kind]]
    assert isinstance(agents, AbstractAgentSet)
    assert all(isinstance(a, mesa.Agent) and type(a) is kind and a.model is economy for a in agents)
    assert [a.key for a in agents] == [key for table in tables for key in table.id.tolist()]
    assert [a.row for a in agents] == [row for table in tables for row in range(len(table))]
    assert len(agents) > 0 and all(a.alive for a in agents)


def test_all_agents_are_those_of_every_class(economy):
    everybody = economy.agents
    assert {type(a) for a in everybody} == set(KINDS) == set(economy.agent_types) == set(economy.agents_by_type)
    assert len(everybody) == sum(len(getattr(economy, name)) for names in KINDS.values() for name in names)
    assert len({a.unique_id for a in everybody}) == len(everybody)
    assert everybody.select(agent_type=Studio).get("key") == economy.agents_by_type[Studio].get("key")
    assert len(dict(economy.agents_by_type.items())) == len(KINDS)


def test_agent_sets_work_as_mesa_users_expect(economy):
    studios = economy.agents_by_type[Studio]
    rich = studios.select(lambda s: s.cash_yuan > 1e6)
    assert 0 < len(rich) < len(studios)
    assert studios.agg("quality", np.mean) == pytest.approx(economy.studios.quality.mean())
    assert sum(len(group) for _, group in studios.groupby("city")) == len(studios)
    assert studios.get("quality") == economy.studios.quality.tolist()
    assert studios.sort("quality").to_list()[0].quality == economy.studios.quality.max()
    studios.set("quality", 0.5)
    assert (economy.studios.quality == 0.5).all()
    assert studios.map(lambda s: s.row) == list(range(len(studios)))


def test_an_unknown_class_is_refused(economy):
    for wrong in (int, mesa.Agent, "Studio"):
        with pytest.raises(KeyError, match="Studio, Actor"):
            economy.agents_by_type[wrong]


def test_the_class_asked_for_is_up_to_date_after_births_and_deaths(economy):
    before = economy.agents_by_type[Studio]
    first = set(before.get("key"))
    economy.run_for(24)
    after = economy.agents_by_type[Studio]
    assert sorted(after.get("key")) == economy.studios.id.tolist()
    assert set(after.get("key")) - first and first - set(after.get("key"))  # some came, some went


# ---------------------------------------------------------------------------- views


def test_a_view_reads_its_row(economy):
    studio = economy.agents_by_type[Studio][4]
    assert studio.cash_yuan == economy.studios.cash_fen[4] / 100
    assert studio.city == economy.cities.slugs[economy.studios.city[4]]
    assert (studio.id, studio.row) == (int(economy.studios.id[4]), 4)
    for name in ("quality", "idle_months", "released", "cash_fen", "inert"):
        value = getattr(studio, name)
        assert value == getattr(economy.studios, name)[4] and not isinstance(value, np.generic)
    np.testing.assert_array_equal(studio.expected, economy.studios.expected[4])
    with pytest.raises(AttributeError, match="Studio has no attribute 'csah'"):
        _ = studio.csah


def test_a_view_writes_its_row_and_no_other(economy):
    studio, others = economy.agents_by_type[Studio][4], economy.studios.quality.copy()
    studio.quality, studio.city = 0.25, "zhengzhou"
    studio.expected = [1.0, 2.0, 3.0]
    assert economy.studios.quality[4] == studio.quality == 0.25
    assert economy.studios.city[4] == economy.cities.index("zhengzhou") and studio.city == "zhengzhou"
    assert economy.studios.expected[4].tolist() == [1, 2, 3]
    others[4] = 0.25
    np.testing.assert_array_equal(economy.studios.quality, others)
    with pytest.raises(InputError, match=r"unknown city 'Beijin'; did you mean 'beijing'"):
        studio.city = "Beijin"


def test_a_studio_that_is_moved_has_its_address_there(economy):
    studio = next(s for s in economy.agents_by_type[Studio] if s.city != "zhengzhou")
    studio.city = "zhengzhou"
    assert studio.cell.city == "zhengzhou"


def test_money_is_locked(economy):
    studio = economy.agents_by_type[Studio][4]
    cash = studio.cash_fen
    with pytest.raises(AttributeError, match="moved by the ledger only"):
        studio.cash_fen = 10**9
    with pytest.raises(AttributeError, match="moved by the ledger only"):
        economy.agents_by_type[Studio].set("cash_fen", 10**9)
    with pytest.raises(AttributeError):
        studio.cash_yuan = 1e9
    with pytest.raises(ValueError, match="read-only"):
        economy.studios.cash_fen[4] = 10**9
    assert studio.cash_fen == cash
    economy.ledger.pay("founders", (economy.rest_of_china, 0), (economy.studios, studio.row), np.array([123]))
    assert studio.cash_fen == cash + 123


def test_the_same_agent_is_the_same_object(economy):
    first = economy.agents_by_type[Studio][0]
    assert economy.agents_by_type[Studio][0] is first
    first.note = "seen"  # anything else a user hangs on it stays
    economy.run_for(2)
    again = next(s for s in economy.agents_by_type[Studio] if s.key == first.key)
    assert again is first and again.note == "seen"
    assert "note" not in economy.studios.columns()


def test_a_view_follows_its_agent_when_rows_move_up():
    economy = make(scale=0.1)
    by_key, _ = run_until_a_studio_closes(economy)
    ids = economy.studios.id.tolist()
    living = [s for key, s in by_key.items() if key in ids]
    assert any(s.row != list(by_key).index(s.key) for s in living)  # somebody before them closed
    for studio in living:
        assert studio.quality == economy.studios.quality[ids.index(studio.key)]


def test_a_stale_view_says_that_its_agent_is_gone(economy):
    by_key, gone = run_until_a_studio_closes(economy)
    assert not gone.alive and repr(gone) == f"<Studio {gone.key} (gone)>"
    for read in ("cash_yuan", "quality", "city", "cell", "row"):
        with pytest.raises(AgentGone, match=f"Studio {gone.key} no longer exists"):
            getattr(gone, read)
    with pytest.raises(AgentGone):
        gone.quality = 1.0
    assert gone not in economy.agents_by_type[Studio] and gone not in economy.agents
    living = next(s for s in by_key.values() if s.alive)
    assert repr(living) == f"<Studio {living.key}>" and living in economy.agents


def test_what_other_agents_say_of_themselves(economy):
    by = economy.agents_by_type
    assert {a.role_name for a in by[Actor]} == set(ROLES)
    assert all(ROLES[a.role] == a.role_name for a in by[Actor][:50])
    assert {a.mode_name for a in by[Platform]} == set(MODES)
    assert [o.city for o in by[CityOfficial]] == [p.city for p in by[Publisher]] == economy.cities.slugs
    assert [f.city for f in by[InvestmentFund] if f.is_state] == economy.cities.slugs
    assert {f.city for f in by[InvestmentFund] if not f.is_state} == {None}
    assert {p.city for p in by[Platform]} <= {*economy.cities.slugs, None}
    assert all(b.city == b.cell.city for b in by[FilmBase])


def test_founding_dates():
    economy = make(12)
    founded = {s.born: s.founded for s in economy.agents_by_type[Studio]}
    assert founded[-1] == "before 2021" and len(founded) > 1
    assert all(founded[m] == f"2021-{m + 1:02d}" for m in founded if m >= 0)


# ---------------------------------------------------------------------------- the grid


def test_a_cell_knows_its_city_and_its_property_market(economy):
    studio = economy.agents_by_type[Studio][0]
    cell, number = studio.cell, int(economy.studios.cell[0])
    assert isinstance(cell, Cell) and cell in economy.grid.all_cells
    assert cell.coordinate == (economy.region.x[number], economy.region.y[number])
    assert cell.city == studio.city and not cell.is_empty
    assert cell.rent_yuan_m2_month == economy.region.rent[number]
    assert cell.vacancy_rate == economy.region.vacancy[number]
    assert 3 <= len(cell.neighborhood) <= 8
    economy.step()
    assert cell.rent_yuan_m2_month == economy.region.rent[number]  # read anew


def test_cells_list_everybody_with_an_address_once(economy):
    found = [agent for cell in economy.grid.all_cells if cell.city for agent in cell.agents]
    expected = [*economy.agents_by_type[Studio], *economy.agents_by_type[FilmBase]]
    assert len(found) == len(expected) and set(found) == set(expected)
    cell = economy.agents_by_type[Studio][0].cell
    assert all(agent.cell is cell for agent in cell.agents)


def test_outside_the_cities_there_is_nothing(economy):
    inside = [cell for cell in economy.grid.all_cells if cell.city]
    assert len(inside) == len(economy.region.x)
    outside = next(cell for cell in economy.grid.all_cells if cell.city is None)
    assert outside.is_empty and outside.agents == []
    with pytest.raises(LookupError, match="outside the cities"):
        _ = outside.rent_yuan_m2_month


# ---------------------------------------------------------------------------- running


def test_the_usual_ways_to_run(economy):
    assert (economy.time, economy.date, len(economy.panel)) == (3, "2021-04", 3)
    economy.step()
    economy.run_for(12)
    assert (economy.time, economy.date, len(economy.panel)) == (16, "2022-05", 16)


def test_the_data_collector_has_a_row_a_month(economy):
    frame = economy.datacollector.get_model_vars_dataframe()
    assert frame["month"].tolist() == ["2021-01", "2021-02", "2021-03"]
    economy.run_for(12)
    frame = economy.datacollector.get_model_vars_dataframe()
    assert len(frame) == 15 and frame["month"].iloc[-1] == "2022-03" and frame["month"].is_unique
    assert frame["studios"].iloc[-1] == economy.panel.last("studios").sum()
    shares = frame.filter(like="share_").iloc[-1]
    assert shares.sum() == pytest.approx(1) and len(shares) == 8
    assert shares["share_zhengzhou"] == pytest.approx(economy.share("zhengzhou"))
    assert frame["hhi_shoot_days"].iloc[-1] == pytest.approx((shares**2).sum())


def test_the_scenario_is_on_the_model(economy):
    assert economy.scenario.name == "baseline" and economy.scenario.model is economy
    assert economy.scenario.rng == 2 and economy.scenario.parameters is economy.p


def test_looking_changes_nothing():
    seen, unseen = make(0), make(0)
    for _ in range(8):
        seen.step()
        assert len(list(seen.agents)) and seen.grid
        seen.agents_by_type[Studio].shuffle_do("__repr__")
        seen.random.random()
        unseen.step()
    np.testing.assert_array_equal(outcome(seen), outcome(unseen))


def test_two_economies_in_one_process_do_not_disturb_each_other():
    alone = [outcome(make(8)), outcome(make(8, rng=5, scale=0.02, property_crisis=False))]
    a, b = make(0), make(0, rng=5, scale=0.02, property_crisis=False)
    for _ in range(8):
        b.step()
        a.step()
        b.agents_by_type[Studio].set("inert", False)
    np.testing.assert_array_equal(outcome(a), alone[0])
    np.testing.assert_array_equal(outcome(b), alone[1])
    assert not set(a.agents) & set(b.agents)
    assert all(s.model is a for s in a.agents_by_type[Studio])
    a.agents_by_type[Studio].set("quality", 9.0)
    assert b.studios.quality.max() < 9


def test_a_copy_goes_its_own_way(economy):
    other = copy.deepcopy(economy)
    studio = other.agents_by_type[Studio][0]
    studio.quality = 9.0
    assert other.studios.quality[0] == 9 and economy.studios.quality[0] < 9
    assert studio.model is other and studio.table is other.studios


def test_seeds_of_every_sort():
    assert MicroDramaEconomy(rng=np.int64(3), scale=0.02).seed == 3
    a, b = (MicroDramaEconomy(rng=np.random.default_rng(1), scale=0.02).seed for _ in range(2))
    assert a == b
    assert MicroDramaEconomy(scale=0.02).seed != MicroDramaEconomy(scale=0.02).seed
    for wrong in ("1", 1.5, True):
        with pytest.raises(TypeError, match="whole number"):
            MicroDramaEconomy(rng=wrong)
    for wrong in (-1, 2**63):
        with pytest.raises(ValueError, match="must be from 0 to"):
            MicroDramaEconomy(rng=wrong)


# ---------------------------------------------------------------------------- what no agent can be


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("quality", float("nan"), "quality = nan: must be a number"),
        ("quality", "high", "must be a number"),
        ("expected", [1.0, 2.0], "must be a number, or 3 of them"),
        ("expected", [1.0, np.inf, 0.0], "must be a number"),
        ("released", 2.5, "must be a whole number from 0"),
        ("released", -1, "from 0"),
        ("released", 2**40, "whole number"),
        ("inert", "no", "must be true or false"),
        ("qualty", 1.0, "has no attribute 'qualty'; did you mean 'quality'"),
    ],
)
def test_a_view_refuses_what_no_agent_can_be(economy, name, value, message):
    studio = economy.agents_by_type[Studio][0]
    with pytest.raises((InputError, AttributeError), match=message):
        setattr(studio, name, value)
    studio.quality, studio.released, studio.inert, studio.expected = 1, np.int64(3), np.True_, 2.0
    assert (studio.quality, studio.released, studio.inert, studio.expected.tolist()) == (1.0, 3, True, [2, 2, 2])


def test_agents_are_not_removed_by_their_views(economy):
    count = len(economy.agents)
    with pytest.raises(InputError, match="a Studio is a row of its population"):
        economy.agents_by_type[Studio][0].remove()
    with pytest.raises(InputError, match="cannot be removed"):
        economy.remove_all_agents()
    assert len(economy.agents) == count

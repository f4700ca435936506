"""Stories: what was done to a world, in a link, and the same numbers from it."""

import dataclasses

import numpy as np
import pytest

from microdrama.dashboards.drawn_zones import zone_of
from microdrama.dashboards.messages import messages_of
from microdrama.dashboards.session import query_of
from microdrama.dashboards.session_registry import from_link
from microdrama.dashboards.story import LEVERS, Action, Story
from microdrama.dashboards.world import World
from microdrama.model import InputError, MicroDramaEconomy
from microdrama.model.inputs.policies import Window


def months(world):
    return numbers(world.economy)


def numbers(economy):
    """The panel with a number where there is none, so that it equals itself."""
    return np.nan_to_num(np.stack(economy.panel._months), nan=-1.0)


def run(story, to):
    world = World(story)
    while world.month < to:
        world.step()
    return world


SMALL = Story(scale=0.02)


def test_a_story_without_actions_is_the_run_of_the_model():
    economy = MicroDramaEconomy("no_policy", rng=5, scale=0.02, migration=False)
    economy.run_for(12)
    world = run(Story("no_policy", 5, 0.02, (("migration", False),)), 12)
    assert np.array_equal(months(world), numbers(economy))


def test_what_is_done_while_it_runs_is_the_same_when_told_again():
    world = run(SMALL, 6)
    for what, city, size in (("rebate", "zhengzhou", 0.3), ("crisis", "all", 2.0), ("public_studio", "xian", 40000)):
        world.schedule(Action(6, what, city, size))
    other = world.split()
    for each in (world, other):
        while each.month < 15:
            each.step()
    again = run(world.story, 15)
    assert np.array_equal(months(world), months(again)) and np.array_equal(months(world), months(other))
    assert not np.array_equal(months(world), months(run(SMALL, 15)))


def test_a_drawn_zone_is_a_zone_known_from_the_start_in_which_nothing_acts_before():
    world = run(SMALL, 4)
    world.schedule(Action(4, "rent_subsidy", "zhengzhou", 1.0, zone="4:3:5"))
    world.schedule(Action(4, "park_services", "zhengzhou", 60000.0, zone="4:3:5"))
    calm = run(SMALL, 4)
    had = world.drawn()[0]["studios"]
    for each in (world, calm):
        while each.month < 14:
            each.step()
    scenario = SMALL.at_start()
    zone = zone_of("zhengzhou", "4:3:5")
    scenario.zones = (*scenario.zones, zone)
    scenario.policies += tuple(
        Window("zhengzhou", what, 4, size, zone=zone.slug)
        for what, size in (("rent_subsidy", 1.0), ("park_services", 60000.0))
    )
    told = MicroDramaEconomy(scenario, rng=1)
    told.run_for(14)
    assert np.array_equal(months(world), numbers(told)) and np.array_equal(months(world), months(run(world.story, 14)))
    assert np.array_equal(months(world)[:4], months(calm)[:4]) and not np.array_equal(months(world), months(calm))
    assert world.levers()["rent_subsidy"]["zhengzhou"] == calm.levers()["rent_subsidy"]["zhengzhou"]
    (now,) = world.drawn()
    came = now["came"]
    assert now["studios"] - had == sum(came[k] for k in ("rest", "cities", "founded")) - came["out"] - came["closed"]
    assert came["n"] == 10 and now["does"][0]["what"] == "rent_subsidy" and now["does"][1]["claimed"] > 0
    assert world.split().drawn() == world.drawn() and calm.drawn(list(world.story.zones))[0].keys() >= {"studios"}
    assert len(world.place()["zones"]) == len(world.zones()) == len(calm.zones())
    again = Story.checked(scale=0.02, actions=",".join(map(str, world.story.actions)))
    assert again == world.story and again.zones == (("zhengzhou", "4:3:5"),)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("4~rent_subsidy~xian~0.5~zone=40:0:4", "middle is outside the city"),
        ("4~rent_subsidy~xian~0.5~zone=12:0:9", "radius of at most 6.3 km"),
        ("4~rent_subsidy~xian~0.5~zone=1:1:0.5", "too small: no cell of xian"),
        ("4~rent_subsidy~xian~0.5~zone=1:1:nan", "the radius must be"),
        ("4~rent_subsidy~xian~0.5~zone=1:1", "a zone is written"),
        ("4~rebate~xian~0.5~zone=1:1:4", "rebate cannot be for a zone"),
        ("4~park_services~xian~5", "is not a lever"),
        (",".join(f"4~housing~xian~5~zone={n}:0:4" for n in range(9)), "at most 8 drawn zones"),
        ("4~state_fund~xian~5~zone=1:1:4,4~state_fund~xian~5~zone=2:2:4", "a city can have one zone for it"),
    ],
)
def test_a_zone_that_cannot_be_is_refused_in_a_line(entry, message):
    with pytest.raises(InputError, match=message) as found:
        Story.checked(actions=entry)
    assert len(messages_of(found.value)) == 1 and "原文" not in messages_of(found.value)[0].zh


def test_a_policy_pulled_as_a_lever_is_the_policy_of_a_scenario():
    world = run(SMALL, 4)
    world.schedule(Action(4, "rent_subsidy", "xian", 0.5))
    while world.month < 10:
        world.step()
    scenario = SMALL.at_start()
    scenario.policies = (*scenario.policies, Window("xian", "rent_subsidy", 4, 0.5))
    told = MicroDramaEconomy(scenario, rng=1)
    told.run_for(10)
    assert np.array_equal(months(world), numbers(told))


def test_a_split_world_goes_on_alike_until_something_is_done():
    first = run(SMALL, 5)
    second = first.split()
    for world in (first, second):
        while world.month < 8:
            world.step()
    assert np.array_equal(months(first), months(second))
    second.schedule(Action(8, "crisis", "own", 3.0))
    while first.month < 20:
        first.step()
        second.step()
    assert np.array_equal(months(first)[:8], months(second)[:8]) and not np.array_equal(months(first), months(second))


def test_a_crisis_lowers_house_prices_in_its_first_month():
    calm = run(dataclasses.replace(SMALL, scenario="no_crisis"), 40)
    hit = calm.split()
    hit.schedule(Action(40, "crisis", "all", 2.0))
    foretold = hit.crisis()["next"]
    calm.step()
    hit.step()
    a, b = (world.economy.panel.last("house_index") for world in (calm, hit))
    assert (b < a).all() and np.allclose(b, foretold, rtol=1e-4)


def test_a_crisis_of_some_cities_leaves_the_others_what_they_have():
    world = run(SMALL, 40)
    hit = world.split()
    hit.schedule(Action(40, "crisis", "xian+zhengzhou", 2.0))
    foretold = hit.crisis()["next"]
    for each in (world, hit):
        each.step()
        each.schedule(Action(41, "rebate", "xian", 0.1))  # a branch that comes after it
        each.step()
    a, b = (each.economy.panel.array("house_index")[40:] for each in (world, hit))
    struck = np.isin(hit.economy.cities.slugs, ["xian", "zhengzhou"])
    assert np.allclose(a[:, ~struck], b[:, ~struck], rtol=1e-12) and (np.abs(a - b)[:, struck] > 1).all()
    assert np.allclose(b[0], foretold, rtol=1e-4) and np.array_equal(months(hit), months(run(hit.story, 42)))
    calm = dataclasses.replace(SMALL, scenario="no_crisis", actions=(Action(40, "crisis", "zhengzhou", 1.0),))
    alone, at = run(calm, 41).economy.house_price, world.economy.cities.index("zhengzhou")
    assert (
        alone[at] == pytest.approx(a[0, at])
        and (alone == run(dataclasses.replace(calm, actions=()), 41).economy.house_price).sum() == 7
    )
    after, _ = Action(41, "crisis", "own", 1.0).change(hit.economy.scenario)
    assert np.nan_to_num(after.cities.crisis_share, nan=1.0).tolist() == [1.0] * 8


def test_a_lever_takes_the_place_of_what_was_announced():
    scenario = SMALL.at_start()
    changed, _ = Action(50, "rebate", "zhengzhou", 0.0).change(scenario)
    assert not any(w.strength(50) for w in changed.policies if (w.city, w.instrument) == ("zhengzhou", "rebate"))
    assert any(w.strength(47) for w in changed.policies if (w.city, w.instrument) == ("zhengzhou", "rebate"))
    others = [w for w in scenario.policies if w.city != "zhengzhou"]
    assert [w for w in changed.policies if w.city != "zhengzhou"] == others


def test_a_total_that_is_given_up_is_what_was_spent_of_it():
    window = Window("xian", "state_fund", 48, 36.0, 84)
    scenario = SMALL.at_start()
    scenario.policies = (window,)
    changed, _ = Action(60, "state_fund", "xian", 0.0).change(scenario)
    (kept,) = changed.policies
    assert (kept.end, kept.spread(50, 36)) == (60, window.spread(50, 36)) and kept.size == pytest.approx(12)


@pytest.mark.parametrize("what", ["rent_subsidy", "rebate"])
def test_levers_act_where_officials_did_nothing_and_only_there(what):
    world = run(Story("no_policy", scale=0.02), 3)
    world.schedule(Action(3, what, "xian", 0.4))
    assert world.levers()[what]["xian"] == 0.4
    world.step()
    at = world.economy.cities.index("xian")
    in_force = getattr(world.economy.officials, what)
    assert in_force[at] == 0.4 and in_force.sum() == 0.4 and world.levers()[what]["xian"] == 0.4
    assert not world.economy.officials.designated.any()
    while world.month < 60:
        world.step()
    assert not world.economy.officials.designated.any()


@pytest.mark.parametrize(
    "entry",
    [
        "x",
        "3~rebate~zhengzhou",
        "3~rebate~atlantis~0.1",
        "3~rebate~zhengzhou~7",
        "-1~crisis~all~1",
        "3~magic~all~1",
        "3~crisis~all~nan",
        "3~crisis~xian+atlantis~1",
        "3~crisis~xian+xian~1",
        "3~crisis~~1",
        "3~censorship~zhengzhou~1",
        "3~rebate~zhengzhou~inf",
    ],
)
def test_nonsense_is_refused(entry):
    with pytest.raises(InputError):
        Action.parse(entry)


@pytest.mark.parametrize("seed", ["", "-1", "lucky", "1.5", "9" * 30, "１"])
def test_a_bad_seed_is_refused(seed):
    with pytest.raises(InputError, match="whole number"):
        Story.checked(seed=seed)


def test_all_problems_at_once():
    with pytest.raises(InputError) as found:
        Story.checked("baselin", "x", 99, "crisis_strenght=2", "1~x~y~1")
    assert len(found.value.problems) == 5 and "crisis_strength" in str(found.value)


def test_a_link_tells_the_same_worlds():
    first = Story(
        "no_policy", 7, 0.02, (("crisis_strength", 2), ("migration", False)), (Action(3, "crisis", "all", 2.5),)
    )
    second = dataclasses.replace(first, seed=8).with_action(Action(4, "rebate", "xian", 0.15))
    link = query_of((first, second), 0)
    asked = dict(part.split("=", 1) for part in link.replace("%20", " ").replace("%3D", "=").split("&"))
    stories, month, note = from_link(asked)
    assert (stories, month, note) == ([first, second], 0, None)


def test_what_cannot_be_used_of_a_link_is_said_and_left_out():
    stories, month, note = from_link({"s": "nowhere", "month": "-3", "seed": "4"})
    assert stories == [Story()] and month == 0 and "nowhere" in note.text and "-3" in note.text


def test_every_lever_is_an_instrument_that_can_be_set():
    world = run(SMALL, 2)
    for name in LEVERS:
        world.schedule(Action(2, name, "all" if name == "censorship" else "xian", 1.0))
    world.step()
    assert world.economy.officials.rebate[world.economy.cities.index("xian")] == 1.0


def test_a_lever_with_a_budget_may_add_to_what_was_announced():
    scenario = Action(50, "rebate", "xian", 0.2).change(Story().at_start())[0]
    action = Action(60, "rebate", "xian", 0.1, 2e6, mode="add")
    assert str(action) == "60~rebate~xian~0.1~budget_yuan_year=2000000.0~mode=add"
    assert Action.parse(str(action)) == action and Story.checked(actions=str(action)).actions == (action,)
    own = action.change(scenario)[0].policies
    assert own[:-1] == scenario.policies and own[-1].budget_yuan_year == 2e6
    assert dataclasses.replace(action, mode="replace").change(scenario)[0].policies[:-1] != scenario.policies
    for wrong, message in (
        ("60~rebate~xian~0.1~budget_yuan_year=-1", "must be a number of yuan"),
        ("60~designation~xian~1~budget_yuan_year=1e6", "costs no money"),
        ("60~rebate~xian~0.1~budget=1e6", "unknown key 'budget'"),
        ("60~rebate~xian~0.1~mode=instead", "must be 'add' or 'replace'"),
        ("60~crisis~own~1~budget_yuan_year=1e6", "are for policies"),
    ):
        with pytest.raises(InputError, match=message):
            Action.parse(wrong)

"""What users add of their own: subclasses, phases, reporters and agents survive copies; Mesa's tools take the class."""

import copy
import multiprocessing
import pickle

import mesa
import numpy as np
import pytest
from mesa.datacollection import DataCollector

from microdrama.model import MicroDramaEconomy, Studio
from microdrama.model.phases import set_hours
from microdrama.model.populations.views import VIEWS

SMALL = {"rng": 1, "scale": 0.02}
COPIES = {
    "branch": lambda econ: econ.branch(),
    "deepcopy": copy.deepcopy,
    "pickle": lambda econ: pickle.loads(pickle.dumps(econ)),
}


class Critic(mesa.Agent):
    """An agent without a row in any population."""

    def __init__(self, model, taste):
        super().__init__(model)
        self.taste, self.seen = taste, 0

    def step(self):
        self.seen += 1
        self.taste += self.model.random.random()


class WithCritics(MicroDramaEconomy):
    """A subclass with its own step, state and agents."""

    def __init__(self, *args, critics=3, **values):
        super().__init__(*args, **values)
        self.diary = []
        Critic.create_agents(self, critics, np.arange(float(critics)))
        self.phases.insert(self.phases.index(set_hours), praise)

    def step(self):
        super().step()
        self.agents_by_type[Critic].shuffle_do("step")
        self.diary.append((self.month, sum(critic.taste for critic in self.agents_by_type[Critic])))


def praise(econ):
    """A phase of one's own."""
    econ.knowledge = econ.knowledge + 0.01 * len(econ.agents_by_type[Critic])


def number_of_critics(model):
    return len(model.agents_by_type[Critic])


def months_so_far(model):
    return len(model.diary)


def outcome(econ):
    return (
        np.stack(econ.panel._months),
        econ.diary,
        [(a.unique_id, a.taste, a.seen) for a in econ.agents_by_type[Critic]],
    )


def same(a, b):
    return np.array_equal(a[0], b[0], equal_nan=True) and a[1:] == b[1:]


def run(months):
    econ = WithCritics(**SMALL)
    econ.datacollector._new_model_reporter("critics", number_of_critics)
    for _ in range(months):
        econ.step()
    return econ


@pytest.fixture(scope="module")
def straight():
    return run(8)


@pytest.mark.parametrize("months", [0, 5])
@pytest.mark.parametrize("way", COPIES)
def test_a_copy_has_all_that_was_added(way, months, straight):
    econ = run(months)
    other = COPIES[way](econ)
    assert type(other) is WithCritics and other is not econ
    assert set(other.agents_by_type[Critic]).isdisjoint(econ.agents_by_type[Critic])
    assert all(critic.model is other for critic in other.agents_by_type[Critic])
    assert other.scenario.model is other and econ.scenario.model is econ
    other.run_for(8 - months)
    assert len(econ.diary) == months and same(outcome(other), outcome(straight))
    econ.run_for(8 - months)
    assert same(outcome(econ), outcome(straight))
    np.testing.assert_equal(other.datacollector.model_vars, straight.datacollector.model_vars)
    assert list(other.datacollector.get_model_vars_dataframe()["critics"]) == [3] * 8


def test_an_agent_alone_brings_its_model_along():
    critic = next(iter(run(2).agents_by_type[Critic]))
    other = pickle.loads(pickle.dumps(critic))
    assert other.model.date == "2021-03" and other in set(other.model.agents_by_type[Critic])
    other.model.step()
    assert other.seen == critic.seen + 1


def test_agents_of_ones_own_stand_beside_the_others():
    econ = run(1)
    assert set(econ.agent_types) == {*VIEWS, Critic} and set(econ.agents_by_type) == {*VIEWS, Critic}
    assert len(econ.agents_by_type) == len(VIEWS) + 1
    assert len(econ.agents) == sum(len(econ.agents_by_type[kind]) for kind in econ.agent_types)
    next(iter(econ.agents_by_type[Critic])).remove()
    assert len(econ.agents_by_type[Critic]) == 2 and len(econ.branch().agents_by_type[Critic]) == 2
    with pytest.raises(KeyError, match="the classes of agents are Studio"):
        econ.agents_by_type[str]


def test_a_reporter_added_later_and_a_collector_of_ones_own_are_copied():
    econ = run(3)
    econ.datacollector = DataCollector(
        model_reporters={"months": months_so_far, "hub": "date"}, agenttype_reporters={Critic: {"taste": "taste"}}
    )
    econ.step()
    for way in ("branch", "deepcopy"):
        other = COPIES[way](econ)
        other.step()
        assert other.datacollector.model_vars["months"] == [3, 4]
        assert len(other.datacollector.get_agenttype_vars_dataframe(Critic)) == 6
    assert econ.datacollector.model_vars["months"] == [3]
    econ.datacollector = DataCollector(model_reporters={"months": months_so_far})
    assert pickle.loads(pickle.dumps(econ)).datacollector.model_reporters == {"months": months_so_far}


def test_other_draws_are_other_draws_for_ones_own_agents():
    econ = run(2)
    usual, other, again = econ.branch(), econ.branch(rng=9), econ.branch(rng=9)
    for each in (usual, other, again):
        each.run_for(2)
    assert other.diary == again.diary != usual.diary


def test_dir_of_a_view_names_its_columns():
    econ = MicroDramaEconomy(**SMALL)
    studio = econ.agents_by_type[Studio][0]
    assert {"quality", "cash_fen", "city", "founded", "alive", "model"} <= set(dir(studio))
    assert all(hasattr(studio, name) for name in econ.studios.columns())


def test_mesa_batch_run_takes_the_class():
    before = multiprocessing.get_start_method(allow_none=True)
    try:
        rows = mesa.batch_run(
            MicroDramaEconomy,
            {"scale": 0.02, "scenario": "baseline", "crisis_strength": [0.0, 1.0]},
            rng=[1, 2],
            max_steps=3,
            data_collection_period=1,
            display_progress=False,
        )
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert len(rows) == 2 * 2 * 3 and {row["month"] for row in rows} == {"2021-01", "2021-02", "2021-03"}
    econ = MicroDramaEconomy(rng=2, scale=0.02, crisis_strength=0.0)
    econ.run_for(3)
    own = [row for row in rows if (row["rng"], row["crisis_strength"]) == (2, 0.0)]
    np.testing.assert_equal([row["hhi_shoot_days"] for row in own], econ.datacollector.model_vars["hhi_shoot_days"])


def test_mesas_own_page_takes_an_economy():
    """Two steps, and a reset that keeps the scenario and the seed."""
    pytest.importorskip("altair", reason="Mesa's page needs the extra mesa-viz")
    solara = pytest.importorskip("solara", reason="Mesa's page needs the extra mesa-viz")
    from ipyvuetify import Btn
    from ipywidgets.widgets.widget import _instances
    from mesa.visualization import SolaraViz, make_plot_component

    def click(name):
        next(w for w in list(_instances.values()) if isinstance(w, Btn) and name in w.children).click()

    strength = {"type": "SliderFloat", "value": 0.5, "label": "crisis", "min": 0.0, "max": 2.0, "step": 0.5}
    params = {"scenario": "early_zhengzhou", "scale": 0.02, "rng": 1, "crisis_strength": strength}
    model = solara.reactive(MicroDramaEconomy("early_zhengzhou", rng=1, scale=0.02))
    page = SolaraViz(model, components=[make_plot_component("hhi_shoot_days")], model_params=params, name="micro-drama")
    _, rendered = solara.render(solara.AppLayout(children=[page], navigation=False), handle_error=False)
    try:
        click("Step")
        click("Step")
        assert model.value.date == "2021-03"
        click("Reset")
        assert (model.value.date, model.value.seed, model.value.p.crisis_strength) == ("2021-01", 1, 0.5)
        assert model.value.scenario.name == "early_zhengzhou"
    finally:
        rendered.close()


# ---------------------------------------------------------------------------- months that do not end


def stops(econ):
    """A phase in which somebody presses Ctrl-C."""
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "on", [lambda e: e.run_for(2), lambda e: e.step(), lambda e: e.run_until(9), copy.copy, *COPIES.values()]
)
def test_an_economy_stopped_inside_a_month_says_so_and_does_not_go_on(on):
    econ = MicroDramaEconomy(**SMALL)
    econ.run_for(2)
    econ.phases.insert(10, stops)
    with pytest.raises(KeyboardInterrupt):
        econ.run_for(3)
    econ.phases.remove(stops)
    with pytest.raises(RuntimeError, match=r"2021-03 was stopped inside it \(KeyboardInterrupt\), so money and people"):
        on(econ)


@pytest.mark.parametrize("way", COPIES)
def test_an_economy_is_not_copied_inside_a_month(way):
    def copies(econ):
        with pytest.raises(RuntimeError, match="cannot be copied: 2021-01 is under way"):
            COPIES[way](econ)

    econ = MicroDramaEconomy(**SMALL)
    econ.phases.insert(10, copies)
    econ.run_for(1)
    econ.phases.remove(copies)
    COPIES[way](econ).run_for(1)


def test_an_event_of_the_users_that_fails_leaves_whole_months():
    econ = MicroDramaEconomy(**SMALL)
    econ.schedule_event(fails, at=2)
    with pytest.raises(ZeroDivisionError):
        econ.run_for(3)
    econ.run_for(3)
    assert econ.month == 4


def fails():
    """An event that goes wrong, after the month."""
    raise ZeroDivisionError


def test_an_economy_runs_to_the_end_of_its_months():
    econ = MicroDramaEconomy(**SMALL, months=3)
    econ.run_model()
    assert (econ.date, econ.running) == ("2021-04", False)
    longer = econ.branch(months=5)
    longer.run_model()
    assert longer.date == "2021-06"
    found = mesa.batch_run(MicroDramaEconomy, SMALL | {"months": 2}, max_steps=9, display_progress=False)
    assert [row["Step"] for row in found] == [2]

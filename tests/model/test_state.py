"""Declared state: every variable with its type and shape; every phase with what it reads and writes, as runs show."""

import pickle
from typing import Annotated

import mesa
import numpy as np
import pytest

from microdrama.model import MicroDramaEconomy
from microdrama.model.economy import PHASES
from microdrama.model.state import State, Variable, phase
from reference.reached import PLACED, PROMISED
from touched import Watched, differences, watch
from worlds import every_instrument, with_parks

pytestmark = pytest.mark.xdist_group("state")  # they share three runs

EVERY_PHASE = [each for group in PHASES.values() for each in group]
SCARCE = {"idle_limit_months": 3, "film_budget_share": 0.0, "working_days_month": 10}
"""Studios that close rich, claims that cities cannot pay, series that nobody can staff."""


def watched(scenario=every_instrument, **values):
    values = {"scale": 0.05, "cell_km": 3.0} | values
    return Watched(scenario(), rng=1, audit=True, keep_series=True, **values)


@pytest.fixture(scope="module")
def touched():
    """Reads and writes of each phase in runs that together meet every mechanism."""
    usual, scarce = watched(policy_end_month=55), watched(**SCARCE)
    parks = watched(with_parks, **PLACED)
    for run, months in (usual, 30), (parks, 10):
        run.announced = run.announced[:months]  # so that the plan has to be drawn up again
        run.in_zones[:, -1] ^= True
    residual = watched(fiscal_rule="residual", pass_through=False, return_migration=True)
    claims = watched(city_debt_limit_years=0.0, committed_share=1.0, film_claim=1e-5)
    promises, gains = watched(**PROMISED), watched()
    gains.run_for(11)
    gains.private_funds.returned_fen = gains.private_funds.cash_fen  # more than they ever invested
    gains.private_funds.invested_fen = 0
    gains.audit = False
    runs = [watch(usual, 60), watch(scarce, 60), watch(residual, 48), watch(claims, 40), watch(promises, 40)]
    runs += [watch(gains, 1), watch(parks, 16)]
    return {name: [set().union(*(run[name][i] for run in runs)) for i in (0, 1)] for name in runs[0]}


@pytest.mark.parametrize("each", EVERY_PHASE, ids=lambda each: each.__name__)
def test_a_phase_reads_and_writes_what_it_declares(each, touched):
    assert differences(each, *touched[each.__name__]) == []


def test_planted_violations_are_caught():
    @phase(reads="studios hours", writes="studios.quality panel.caught")
    def liar(econ):
        econ.knowledge = econ.knowledge + econ.hits + 1
        econ.studios.idle_months += 1
        econ.region.rent[0] += 1
        econ.panel.now["exits"][0] += 1
        econ.studios.remove(np.arange(len(econ.studios)) == 0)

    econ = watched()
    econ.run_for(2)
    econ.phases = [liar]
    assert differences(liar, *watch(econ, 1)["liar"]) == [
        "liar reads without saying so hits, knowledge, region",
        "liar does not read hours",
        "liar writes without saying so knowledge, panel.exits, region.rent, studios, studios.idle_months",
        "liar does not write panel.caught, studios.quality",
    ]


def test_money_paid_is_a_write_to_the_ledger():
    @phase(reads="studios", writes="studios.slate")
    def pays(econ):
        econ.studios.slate += 1
        econ.ledger.pay("fines", (econ.studios, 0), (econ.rest_of_china, 0), np.ones(1, np.int64))

    econ = watched()
    econ.phases = [pays]
    assert "pays writes without saying so ledger" in differences(pays, *watch(econ, 1)["pays"])


def test_names_that_are_not_declared_are_refused():
    with pytest.raises(ValueError, match="no 'knowlege'; did you mean 'knowledge'"):
        phase(reads="knowlege")(lambda econ: None)
    with pytest.raises(ValueError, match=r"no 'studios.qualty'; did you mean 'studios.quality'"):
        phase(writes="studios.qualty")(lambda econ: None)
    with pytest.raises(ValueError, match=r"no 'studios.quality'"):
        phase(reads="studios.quality")(lambda econ: None)


def test_phases_are_plain_functions():
    for each in EVERY_PHASE:
        assert pickle.loads(pickle.dumps(each)) is each and each.reads | each.writes


def test_whatever_an_economy_holds_is_declared():
    econ = MicroDramaEconomy("baseline", rng=1, scale=0.02)
    private = {name for name in vars(econ) if name.startswith("_")}
    mesa_has = set(vars(mesa.Model(rng=1))) | {"datacollector"}
    assert set(vars(econ)) - mesa_has - private == set(State.variables()) | {"phases"}


@pytest.mark.parametrize("months", [0, 3])
def test_arrays_have_the_type_and_shape_declared(months):
    econ = MicroDramaEconomy(every_instrument(), rng=1, scale=0.02)
    for _ in range(months):
        econ.step()
    sizes, arrays = econ.sizes(), 0
    for name, declared in State.variables().items():
        value = getattr(econ, name)
        assert isinstance(value, np.ndarray) == bool(declared.shape), name
        if declared.shape:
            arrays += 1
            assert (value.dtype, value.shape) == (declared.dtype, tuple(sizes[axis] for axis in declared.shape)), name
    assert arrays > 30


def test_a_subclass_may_declare_variables_of_its_own():
    class Mine(State):
        trust: Annotated[np.ndarray, Variable("trust in officials", unit="index", shape=("cities",))]

    assert MicroDramaEconomy.variables() == State.variables()
    assert Mine.variables()["trust"].unit == "index" and "trust" not in State.variables()
    assert set(Mine.variables()) > set(State.variables()) and State.variables()["hours"].unit == "hours"

"""The live page without a browser."""

import pytest

solara = pytest.importorskip("solara")
ipyvuetify = pytest.importorskip("ipyvuetify")

from dashboards.app import Page, Session  # noqa: E402


def test_sessions_have_economies_of_their_own():
    one, other = Session(), Session()
    one.step()
    assert (len(one.economy.panel), len(other.economy.panel)) == (1, 0)


def test_reset_takes_the_settings():
    session = Session()
    session.step()
    session.reset("no_policy", "7", {"crisis_strength": 2.0})
    assert session.economy.seed == 7 and not session.economy.p.policy
    assert session.economy.p.crisis_strength == 2
    assert not len(session.economy.panel)


@pytest.mark.parametrize("seed", ["", "-1", "lucky", "1.5"])
def test_a_bad_seed_is_a_message(seed):
    session = Session()
    session.reset("baseline", seed, {})
    assert "whole number" in session.message
    assert not session.step() and session.picture() == b""
    session.reset("baseline", "2", {})
    assert not session.message and session.step()


def test_an_error_of_the_model_is_a_message_and_reset_helps():
    session = Session()
    session.economy.phases.insert(0, lambda econ: 1 / 0)
    assert not session.step()
    assert "stopped" in session.message
    session.reset("baseline", "1", {})
    assert session.step()


def test_a_run_ends():
    session = Session()
    session.reset("baseline", "1", {"months": 2, "scale": 0.02})
    assert [session.step() for _ in range(3)] == [True, True, False]


def test_the_page_steps_and_resets():
    _, rc = solara.render(Page(), handle_error=False)

    def button(label):
        return next(w for w in rc.find(ipyvuetify.Btn).widgets if label in w.children)

    def status():
        return " ".join(c for w in rc.find(ipyvuetify.Html).widgets for c in w.children if isinstance(c, str))

    assert "before January 2021" in status()
    button("Step").click()
    assert "1 months" in status()
    button("Reset").click()
    assert "before January 2021" in status()
    rc.close()

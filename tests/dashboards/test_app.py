"""The live page without a browser."""

from dataclasses import replace

import pytest

solara = pytest.importorskip("solara")
ipyvuetify = pytest.importorskip("ipyvuetify")

from dashboards.app import Page  # noqa: E402
from dashboards.session import Session, Settings  # noqa: E402

SMALL = Settings.of("baseline", scale=0.02)


def test_sessions_have_economies_of_their_own():
    one, other = Session(), Session()
    one.step()
    assert (len(one.economy.panel), len(other.economy.panel)) == (1, 0)


def test_reset_takes_the_settings():
    session = Session()
    session.step()
    session.reset(replace(Settings.of("no_policy", seed="7", scale=0.02), crisis_strength=2.0))
    assert session.economy.seed == 7 and not session.economy.p.policy
    assert session.economy.p.crisis_strength == 2 and session.economy.p.scale == 0.02
    assert not len(session.economy.panel)


@pytest.mark.parametrize("seed", ["", "-1", "lucky", "1.5", "9" * 30])
def test_a_bad_seed_is_a_message_and_the_economy_on_show_stays(seed):
    session = Session()
    shown = session.economy
    session.reset(replace(SMALL, seed=seed))
    assert "whole number" in session.message and session.economy is shown
    session.reset(replace(SMALL, seed="2"))
    assert not session.message and not session.over


def test_an_error_of_the_model_is_a_message_and_reset_helps():
    session = Session()
    session.economy.phases.insert(0, lambda econ: 1 / 0)
    session.step()
    assert "The model stopped in" in session.message and session.over
    session.reset(SMALL)
    session.step()
    assert not session.message and len(session.economy.panel) == 1


def test_a_run_ends(monkeypatch):
    session = Session()
    session.reset(SMALL)
    object.__setattr__(session.economy.p, "months", 2)
    for _ in range(3):
        session.step()
    assert session.over and len(session.economy.panel) == 2


def test_playing_goes_on_until_paused():
    session = Session()
    session.reset(SMALL)
    session.speed = "fast"
    session.play()
    while len(session.economy.panel) < 3:
        assert session.playing
    session.pause()
    assert not session.playing
    session.close()


def test_the_page_steps_and_resets():
    _, rc = solara.render(Page(), handle_error=False)

    def button(label):
        return next(w for w in rc.find(ipyvuetify.Btn).widgets if label in w.children)

    def status():
        return " ".join(c for w in rc.find(ipyvuetify.Html).widgets for c in w.children if isinstance(c, str))

    assert "start (end of 2020)" in status()
    button("Step").click()
    assert "2021-01" in status()
    button("Reset").click()
    assert "start (end of 2020)" in status()
    rc.close()

"""The live page: ``solara run dashboards/app.py --production``. Every visitor has an economy of his own."""

from __future__ import annotations

import logging
import threading
from typing import Any

import solara

from dashboards.drawing import picture
from model import InputError, LedgerError, MicroDramaEconomy, load_scenario, shipped_scenarios

logging.getLogger("mesa").setLevel(logging.WARNING)  # Mesa logs every step

SPEEDS = {"slow": 1.0, "normal": 0.3, "fast": 0.0}
"""Seconds of rest between months."""


class Session:
    """One visitor's economy and the settings it was built from.

    Attributes
    ----------
    economy : MicroDramaEconomy, or None if the settings cannot be used
    message : str, what went wrong, empty if nothing did
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.economy: MicroDramaEconomy | None = None
        self.message = ""
        self.reset("baseline", "1", {})

    def reset(self, scenario: str, seed: str, values: dict[str, Any]) -> None:
        """Build the economy anew."""
        with self.lock:
            self.economy, self.message = None, ""
            try:
                if not seed.strip().isdecimal():
                    raise InputError(f"the seed must be a whole number, not '{seed}'")
                self.economy = MicroDramaEconomy(scenario, rng=int(seed), **values)
            except InputError as error:
                self.message = str(error)

    def step(self) -> bool:
        """Run a month; False at the end of the run and after an error."""
        with self.lock:
            economy = self.economy
            if economy is None or self.message or len(economy.panel) >= economy.p.months:
                return False
            try:
                economy.step()
            except (LedgerError, ArithmeticError, ValueError, LookupError) as error:
                self.message = f"the model stopped: {error}. Reset to go on."
                return False
            return True

    def picture(self) -> bytes:
        """The economy as it is now, PNG; empty if there is none."""
        with self.lock:
            return picture(self.economy) if self.economy is not None else b""


@solara.component
def Page() -> None:  # noqa: N802 - the name solara looks for
    """Controls, map and paths."""
    session = solara.use_memo(Session, [])
    drawn = solara.use_reactive(0)
    playing = solara.use_reactive(False)
    speed = solara.use_reactive("normal")
    scenario, seed = solara.use_reactive("baseline"), solara.use_reactive("1")
    crisis, policy, strength = solara.use_reactive(True), solara.use_reactive(True), solara.use_reactive(1.0)

    _ = drawn.value  # the page is drawn anew whenever this counter moves

    def show() -> None:
        drawn.set(drawn.peek() + 1)

    def reset() -> None:
        playing.set(False)
        chosen = load_scenario(scenario.value).parameters
        values: dict[str, Any] = {"crisis_strength": strength.value} if strength.value != 1.0 else {}
        values |= {"property_crisis": crisis.value and chosen.property_crisis, "policy": policy.value and chosen.policy}
        session.reset(scenario.value, seed.value, values)
        show()

    def step() -> None:
        session.step()
        show()

    def play() -> Any:
        """Step in a thread of its own until paused, at the end, or when the visitor leaves."""
        if not playing.value:
            return None
        stop = threading.Event()

        def run() -> None:
            while not stop.is_set() and session.step():
                show()
                stop.wait(SPEEDS[speed.peek()] or 0.02)
            if not stop.is_set():
                playing.set(False)

        threading.Thread(target=run, daemon=True).start()
        return stop.set

    solara.use_effect(play, [playing.value])
    economy = session.economy
    done = economy is None or bool(session.message) or len(economy.panel) >= economy.p.months

    solara.Title("A regional micro-drama economy")
    with solara.Columns([1, 5], style={"padding": "12px"}):
        with solara.Column():
            solara.Select("Scenario", values=shipped_scenarios(), value=scenario)
            solara.InputText("Seed", value=seed)
            solara.Checkbox(label="Property crisis", value=crisis)
            solara.Checkbox(label="Policy", value=policy)
            solara.SliderFloat("Strength of the crisis", value=strength, min=0, max=3, step=0.25)
            solara.Button("Reset", on_click=reset, icon_name="mdi-restart", block=True)
            solara.Text("Settings take effect at the next reset.")
        with solara.Column():
            with solara.Row(style={"align-items": "center"}):
                label, icon = ("Pause", "mdi-pause") if playing.value else ("Play", "mdi-play")
                solara.Button(label, on_click=lambda: playing.set(not playing.value), icon_name=icon, disabled=done,
                              color="primary")  # fmt: skip
                solara.Button("Step", on_click=step, icon_name="mdi-skip-next", disabled=done or playing.value)
                solara.ToggleButtonsSingle(value=speed, values=list(SPEEDS))
            with solara.Column():  # always there, so that what follows keeps its place
                if session.message:
                    solara.Error(session.message)
            if economy is not None:
                solara.Text(_status(economy))
                solara.Image(session.picture(), width="100%")


def _status(economy: MicroDramaEconomy) -> str:
    if not len(economy.panel):
        return f"{economy.scenario.title}, seed {economy.seed}: before January 2021"
    share = 100 * economy.panel.shoot_shares[economy.cities.index("zhengzhou")]
    return (
        f"{economy.scenario.title}, seed {economy.seed}: {len(economy.panel)} months, now {economy.date}; "
        f"{len(economy.studios)} studios; Zhengzhou shot {share:.0f} % of last month's days"
    )

"""The live page: ``make dashboard``. Every visitor has an economy of his own."""

from __future__ import annotations

import base64
import itertools
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import solara

from dashboards.session import SPEEDS, Session, Settings
from model import shipped_scenarios

logging.getLogger("mesa").setLevel(logging.WARNING)  # Mesa logs every step

SCALES = [0.02, 0.05, 0.1, 0.2]


@solara.component
def Page() -> None:  # noqa: N802 - the name solara looks for
    """Levers, buttons, map and paths."""
    session = solara.use_memo(Session, [])
    numbers = solara.use_memo(lambda: itertools.count(1), [])
    chosen, speed = solara.use_reactive(session.settings), solara.use_reactive(session.speed)
    drawn = solara.use_reactive(0)
    _ = drawn.value  # the page is drawn anew whenever this moves

    def attach() -> Callable[[], None]:
        session.changed = lambda: drawn.set(next(numbers))
        return session.close  # when the visitor leaves

    solara.use_effect(attach, [])

    def choose(name: str) -> Callable[[Any], None]:
        return lambda value: chosen.set(replace(chosen.value, **{name: value}))

    def choose_scenario(name: str) -> None:
        chosen.set(Settings.of(name, chosen.value.seed, chosen.value.scale))

    def choose_speed(name: str) -> None:
        session.speed = name
        speed.set(name)

    def reset() -> None:
        session.reset(chosen.value)

    now, frame, playing, over = chosen.value, session.frame, session.playing, session.over
    pending = now != session.settings
    solara.Title("A regional micro-drama economy")
    with solara.Columns([2, 9], style={"padding": "8px 16px", "box-sizing": "border-box", "margin": "0"}):
        with solara.Column(gap="4px"):
            solara.Select("Scenario", values=shipped_scenarios(), value=now.scenario, on_value=choose_scenario)
            solara.InputText("Seed", value=now.seed, on_value=choose("seed"))
            solara.Select("Scale (1 is the real industry)", values=SCALES, value=now.scale, on_value=choose("scale"))
            solara.Checkbox(label="Property crisis", value=now.property_crisis, on_value=choose("property_crisis"))
            solara.SliderFloat(f"Strength {now.crisis_strength:g}", value=now.crisis_strength, min=0, max=3, step=0.25,
                               on_value=choose("crisis_strength"), disabled=not now.property_crisis)  # fmt: skip
            solara.Checkbox(label="Policy", value=now.policy, on_value=choose("policy"))
            color, note = ("primary", "Changed: press Reset.") if pending else (None, "Changes count from next reset.")
            solara.Button("Reset", on_click=reset, icon_name="mdi-restart", block=True, color=color)
            solara.Text(note, style={"font-size": "13px"})
        with solara.Column(gap="4px"):
            with solara.Row(style={"align-items": "center"}):
                label, act = ("Pause", session.pause) if playing else ("Play", session.play)
                solara.Button(label, on_click=act, icon_name=f"mdi-{label.lower()}", color="primary", disabled=over)
                solara.Button("Step", on_click=session.step, icon_name="mdi-skip-next", disabled=over or playing)
                solara.ToggleButtonsSingle(value=speed.value, values=list(SPEEDS), on_value=choose_speed, dense=True)
                if frame:
                    end = ", the last month" if over and not session.message else ""
                    solara.Text(frame.month + end, style={"font-size": "24px", "margin-left": "16px"})
            with solara.Column():  # always there, so that what follows keeps its place
                if session.message:
                    with solara.Error(dense=True):
                        solara.Text(session.message, style={"white-space": "pre-line", "margin-right": "12px"})
                        solara.Button("Reset", on_click=reset, small=True, outlined=True)
            if frame:
                solara.Text(frame.summary)
                source = "data:image/png;base64," + base64.b64encode(frame.png).decode()
                solara.v.Html(tag="img", attributes={"src": source, "alt": f"{frame.month}. {frame.summary}"},
                              style_="width: 100%; max-width: 1400px")  # fmt: skip

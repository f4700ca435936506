"""``microdrama scenarios``: what is shipped."""

from __future__ import annotations

import argparse

from .common import Parser


def add(parser: Parser) -> None:
    """Add the arguments."""


def act(chosen: argparse.Namespace) -> None:
    """Run."""
    import textwrap

    from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios

    for name in shipped_scenarios():
        scenario = load_scenario(name)
        print(f"{name}: {scenario.title}")
        print(textwrap.fill(scenario.description, 96, initial_indent="    ", subsequent_indent="    "))

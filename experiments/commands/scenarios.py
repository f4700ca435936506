"""``microdrama scenarios``: what is shipped."""

from __future__ import annotations

import argparse

from .common import Commands


def add(commands: Commands) -> None:
    """Tell the command line of this command."""
    parser = commands.add_parser("scenarios", help="list the shipped scenarios", allow_abbrev=False)
    parser.set_defaults(act=act)


def act(chosen: argparse.Namespace) -> None:
    """Do it."""
    import textwrap

    from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios

    for name in shipped_scenarios():
        scenario = load_scenario(name)
        print(f"{name}: {scenario.title}")
        print(textwrap.fill(scenario.description, 96, initial_indent="    ", subsequent_indent="    "))

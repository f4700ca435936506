"""``microdrama scenarios``: what is shipped."""

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    """It takes no arguments."""


def act(chosen: Chosen) -> None:
    import textwrap

    from microdrama.model.inputs.scenario import load_scenario, shipped_scenarios

    for name in shipped_scenarios():
        scenario = load_scenario(name)
        print(f"{name}: {scenario.title}")
        print(textwrap.fill(scenario.description, 96, initial_indent="    ", subsequent_indent="    "))

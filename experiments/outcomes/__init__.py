"""Outcomes: what is read off a finished run, each registered where it is defined."""

from . import chain, concentration, industry, labour, promises, public_money, shares, zone_policy
from .finished_run import WEIGHTS, FinishedRun, focal_city
from .registry import Display, Outcome, outcome, outcome_columns, outcomes, summarise

ALWAYS = (*promises.OUTCOMES, *chain.OUTCOMES)
"""In every table of runs, whichever outcomes are asked for."""

__all__ = [
    "ALWAYS",
    "WEIGHTS",
    "Display",
    "FinishedRun",
    "Outcome",
    "chain",
    "concentration",
    "focal_city",
    "industry",
    "labour",
    "outcome",
    "outcome_columns",
    "outcomes",
    "promises",
    "public_money",
    "shares",
    "summarise",
    "zone_policy",
]

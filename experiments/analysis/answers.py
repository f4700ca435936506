"""From the runs of a registered study to its answer: a table, sentences, and the figure that shows it."""

from __future__ import annotations

from importlib import import_module

from microdrama.model.errors import InputError, meant

from .common import Answer, Data, Effect, robustness

__all__ = ["Answer", "Data", "Effect", "answer"]

HOMES = {
    "effects": "effects",
    "surface": "effects",
    "multiverse": "effects",
    "shapley": "mechanisms",
    "chance": "chances",
    "committor": "chances",
    "leaders": "chances",
    "persistence": "lasting",
    "hysteresis": "lasting",
    "cost": "public",
    "medians": "public",
    "money": "public",
    "paths": "overtime",
    "trap": "overtime",
    "nulls": "overtime",
    "morris": "sensitivity",
    "sobol": "sensitivity",
    "prim": "sensitivity",
}
"""Module of each analysis (``ANALYSES`` of the register); its function has the analysis' name."""


def answer(data: Data) -> Answer:
    """Analyse the runs of a registered study.

    Raises
    ------
    InputError
        If the study predicts an effect that it does not have.
    """
    analysis, study = data.register.analysis, data.study
    found: Answer = getattr(import_module(f"{__package__}.{HOMES[analysis]}"), analysis)(data)
    names = {effect.name for effect in found.effects}
    if unknown := [name for name in data.register.predicted if name not in names]:
        raise InputError(
            f"{study.where}: [register]: predicted: '{unknown[0]}'{meant(unknown[0], names)} is no effect "
            f"of this study (effects: {', '.join(sorted(names))})"
        )
    sentence = robustness(e for e in found.effects if e.kind not in data.columns)
    return found._replace(sentences=[*found.sentences, sentence] if sentence else found.sentences)

"""From the runs of a registered study to its answer: a table, sentences, and the figure that shows it."""

from microdrama.model.errors import InputError, meant

from ..design.analyses import known_analyses
from .common import Answer, Data, Effect, robustness

__all__ = ["Answer", "Data", "Effect", "answer"]


def answer(data: Data) -> Answer:
    """Analyse the runs of a registered study.

    Raises
    ------
    InputError
        If the study predicts an effect that it does not have.
    """
    study = data.study
    found: Answer = known_analyses()[data.register.analysis].answer(data)
    names = {effect.name for effect in found.effects}
    if unknown := [name for name in data.register.predicted if name not in names]:
        raise InputError(
            f"{study.where}: [register]: predicted: '{unknown[0]}'{meant(unknown[0], names)} is no effect "
            f"of this study (effects: {', '.join(sorted(names))})"
        )
    sentence = robustness(e for e in found.effects if e.kind not in data.columns)
    return found._replace(sentences=[*found.sentences, sentence] if sentence else found.sentences)

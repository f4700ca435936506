"""Calibration: history matching in waves, an ensemble instead of a best point, and what the data cannot say.

Parameters (:mod:`~microdrama.experiments.design.priors`) are run, emulators (:mod:`.emulator`) learn what the targets
do between the points, what is implausible is ruled out wave by wave (:mod:`.matching`), and members are drawn from what
is left. Synthetic truths come first (:mod:`.recovery`); exchanged labels say which inputs carry the result
(:mod:`.swap`).
"""

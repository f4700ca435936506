"""Exports: tidy tables of a run or sweep for other programs, with a codebook.

>>> from microdrama.experiments.export import export
>>> export("out/rebate", "out/rebate-stata", formats=["stata", "csv"], tables=["runs", "panel"])  # doctest: +SKIP
"""

from .export import export

__all__ = ["export"]

"""Estimators for the output of sweeps, each tested against a case with a known answer."""

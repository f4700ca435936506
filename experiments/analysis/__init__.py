"""Analyses of registered studies: numbers, sentences and figures; and estimators, each tested against a known answer."""

"""Analyses of registered studies: numbers, sentences, figures; and estimators, each tested against a known answer."""

"""Outcomes: what is read off a run, with units and meanings."""

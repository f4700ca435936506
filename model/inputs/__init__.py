"""Inputs: parameters, cities, policies, the market and scenarios, and the files they come from."""

"""Rules: pure elementwise functions that read like the economics, one file for each kind of agent.

They take and return numbers or arrays alike and write into nothing; the phases apply them to columns, an agent's
methods to its own row. The compiled loops that call them stand beside the phase that runs them. Letters and digits such
as (P2) name the equation in the documentation.
"""

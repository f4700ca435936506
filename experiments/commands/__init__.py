"""The commands of ``microdrama``: a module each, which ``add``s its arguments and ``act``s."""

COMMANDS = {
    "accounts": "flow and balance-sheet matrices of a run",
    "answer": "what the studies say, in five paragraphs and a figure",
    "ask": "what a policy or shock, given in a line, would do, and what a job would cost",
    "calibrate": "fit an ensemble to the targets, and report",
    "check": "see which results are whole, by their checksums",
    "clusters": "how clustered the studios of a run are inside cities, beyond their gradient",
    "compare": "the paired effect of one world against another",
    "dashboard": "open the live page in a browser",
    "export": "tables of a run or sweep for Stata, R, Excel, SPSS, with a codebook",
    "findings": "run all registered studies and write the page of findings",
    "main": "the main experiment: property crisis x policy",
    "mechanisms": "the effect of switching off each mechanism",
    "package": "a replication package of a run or sweep: data, code, README",
    "parameters": "list parameters",
    "run": "run one scenario",
    "scenarios": "list the shipped scenarios",
    "sensitivity": "rank parameters by how far they move an outcome",
    "study": "run a registered study and write its answer",
    "sweep": "run a study: every point of a design with every seed",
    "template": "a commented file to start from: scenario, cities, house prices, ...",
    "validate": "hold the ensemble against a table of patterns, and say what each rules out",
    "vitals": "the model beside what is on record, by year and city",
}
"""What each command does, as ``--help`` says it. Only the module of the command that is run is imported."""

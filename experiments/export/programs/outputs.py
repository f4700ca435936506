"""Makes table 1 and, if there is a panel, figure 1 from data.

python programs/01_outputs.py data output
"""

import sys
from pathlib import Path

import matplotlib
import pandas as pd

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "microdrama"
from matplotlib import pyplot as plt  # noqa: E402 - the backend comes first

DATA, OUT = map(Path, sys.argv[1:3])
SHOWN = [
    "city_share_shoot_days",
    "city_share_studios",
    "city_share_value_yuan",
    "hhi_shoot_days",
    "studios",
    "series_released",
    "film_spent_yuan",
    "film_tax_yuan",
]

runs = pd.read_csv(DATA / "runs.csv")
shown = [name for name in SHOWN if name in runs] or list(runs.select_dtypes("number").columns[2:10])
by = runs["point"] if "point" in runs else pd.Series(0, index=runs.index, name="point")
table = runs.groupby(by)[shown].agg(["count", "mean", "std"])
table.columns = ["_".join(name) for name in table.columns]
table.to_csv(OUT / "table_1_outcomes.csv")

if (DATA / "panel.csv").exists():
    panel = pd.read_csv(DATA / "panel.csv", parse_dates=["date"])
    days = panel.groupby(["date", "city"])["shoot_days"].sum().unstack()
    shares = days.rolling(12, min_periods=1).sum()
    shares = 100 * shares.div(shares.sum(axis=1), axis=0)
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    for city in shares.iloc[-1].sort_values(ascending=False).index:
        axes.plot(shares.index, shares[city], label=city)
    axes.set_ylabel("share of shooting days, last 12 months, %")
    axes.legend(ncols=2, frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(OUT / "figure_1_shares.svg", metadata={"Date": None})

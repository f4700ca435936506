"""What a study of one world finds, beside what is true: difference-in-differences and an event study.

    python event_study.py FOLDER [OUTCOME]

FOLDER holds the table of pairs (CSV, Parquet or Stata), OUTCOME is one of its columns, shoot_days if left out. Of each
run it estimates the effect of the treatment from the treated world alone, as one would from data: treated against
untreated cities, before and after. The twin without the treatment then says why that differs from the truth:

    estimate = true effect on the treated - effect on the untreated (displacement) + what would have grown apart anyway

Needs pandas.
"""

import sys
from pathlib import Path

import pandas as pd

READERS = {"csv": pd.read_csv, "parquet": pd.read_parquet, "dta": pd.read_stata}


def read(folder: Path) -> pd.DataFrame:
    """The table of pairs, in the first format that is there."""
    for ending, reader in READERS.items():
        if (folder / f"pairs.{ending}").is_file():
            table = reader(folder / f"pairs.{ending}")
            for name in ("treated", "post"):
                table[name] = table[name].isin([True, "yes", "true", 1])
            table["date"] = pd.to_datetime(table["date"])
            table["start"] = pd.to_datetime(table["start"])
            return table
    sys.exit(f"{folder}: has no table of pairs; make it with `microdrama export DIR --paired --out {folder}`")


def difference_in_differences(world: pd.DataFrame, values: str) -> float:
    """After less before, treated less untreated cities."""
    means = world.groupby(["treated", "post"])[values].mean()
    return (means[True, True] - means[True, False]) - (means[False, True] - means[False, False])


def estimates(pairs: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """A row for each run: the estimate from one world, and what it is made of."""
    rows = {}
    for run, world in pairs.groupby("run"):
        after = world[world["post"]]
        effect = after.groupby("treated")[f"{outcome}_effect"].mean()
        rows[run] = {
            "estimate": difference_in_differences(world, outcome),
            "truth": effect[True],
            "displaced": -effect[False],
            "grown_apart": difference_in_differences(world, f"{outcome}_without"),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("run")


def event_study(pairs: pd.DataFrame, outcome: str, before: int = 12, after: int = 24) -> pd.DataFrame:
    """By months since the start: treated less untreated cities, relative to the month before, and the true effect."""
    start = pairs["start"].min()
    lag = (pairs["date"].dt.year - start.year) * 12 + pairs["date"].dt.month - start.month
    pairs = pairs.assign(lag=lag)[lag.between(-before, after)]
    gaps = {}
    for name in (outcome, f"{outcome}_without", f"{outcome}_effect"):
        means = pairs.groupby(["run", "lag", "treated"])[name].mean().unstack()
        gaps[name] = (means[True] - means[False]).unstack("run")
    found = pd.DataFrame({"estimate": (gaps[outcome] - gaps[outcome].loc[-1]).mean(axis=1)})
    twin = gaps[f"{outcome}_without"]
    found["estimate_against_twin"] = found["estimate"] - (twin - twin.loc[-1]).mean(axis=1)
    effect = gaps[f"{outcome}_effect"]
    found["truth"] = (effect - effect.loc[-1]).mean(axis=1)
    return found


if __name__ == "__main__":
    folder, outcome = Path(sys.argv[1] if len(sys.argv) > 1 else "."), (sys.argv[2:] or ["shoot_days"])[0]
    table = read(folder)
    found = estimates(table, outcome)
    print(f"{outcome}, per treated city and month; means of {len(found)} runs, with standard errors")
    for name in found:
        print(f"{name:12} {found[name].mean():12.4f} ({found[name].sem():.4f})")
    wrong = (found["estimate"] - found["truth"] - found["displaced"] - found["grown_apart"]).abs().max()
    print(f"estimate less its three parts: {wrong:.2g} at most")
    by_month = event_study(table, outcome)
    by_month.to_csv(folder / "event_study.csv")
    print(by_month.loc[[-12, -6, -1, 0, 6, 12, 24] if 24 in by_month.index else by_month.index].round(4).to_string())

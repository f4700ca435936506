"""``microdrama clusters``: how clustered the studios of a run are inside cities, beyond their gradient."""

from microdrama.model.errors import InputError, unknown

from .common import Chosen, Parser


def add(parser: Parser) -> None:
    parser.takes("folder DIR", "a folder left by `microdrama run --out DIR` (with --record bases, open ones count)")
    parser.takes("--month YYYY-MM", "a December, the last month, or any with --record cells (default: the last)", "")
    parser.takes("--city CITY", "of one city only", "")
    parser.takes("--null NULL", "against what: gradient keeps each ring's studios, rents knows rents alone", "gradient")
    parser.takes("--draws N", "simulated cities; envelopes of 5 % need 19", 999, low=19, high=100_000)
    parser.takes("--seed N", "of their draws", 0)
    parser.takes("--out FILE.csv", "write the table there")


def act(chosen: Chosen) -> None:
    from pathlib import Path

    from ..files import check_new_file, write_csv
    from ..markdown import table
    from ..outcomes.inside_cities import NULLS, clustering_table, clusters_of_run

    if chosen.out:
        check_new_file(Path(chosen.out))
    found = clusters_of_run(chosen.folder, month=chosen.month, null=chosen.null, draws=chosen.draws, seed=chosen.seed)
    known = [one.city for one in found]
    if chosen.city and chosen.city not in known:
        raise InputError(f"--city: {unknown('city', chosen.city, known)}")
    columns = clustering_table([one for one in found if chosen.city in ("", one.city)])
    rows = [dict(zip(columns, row)) for row in zip(*(values.tolist() for values in columns.values()), strict=True)]
    print(f"{found[0].month}; null: {chosen.draws} {NULLS[chosen.null]}")
    show = ("city", "studios", "measure", "unit", "value", "null_mean", "null_low", "null_high", "p_value")
    print("\n".join(table(show, ([_short(row[name]) for name in show] for row in rows))))
    if chosen.out:
        write_csv(Path(chosen.out), rows)
        print(f"table: {chosen.out}")


def _short(value: str | int | float) -> str:
    return str(value) if not isinstance(value, float) else "" if value != value else f"{value:.4g}"

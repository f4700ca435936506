"""Exports: values, keys, types and labels as other programs read them; nonsense and full disks."""

import json
import re
import runpy
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import frictionless
import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pyreadstat
import pytest

from microdrama.experiments import cli
from microdrama.experiments.design.study_file import load_study
from microdrama.experiments.export import export
from microdrama.experiments.export.catalogue import PANEL, TABLES
from microdrama.experiments.export.sources import open_results
from microdrama.experiments.export.tables import Tidy, tidy
from microdrama.experiments.export.variables import Variable, short_names
from microdrama.experiments.export.wide import wide
from microdrama.experiments.export.write import choose
from microdrama.experiments.export.writers import Csv
from microdrama.experiments.files import shipped_text
from microdrama.experiments.outcomes import outcome_columns
from microdrama.experiments.outcomes.recorder import POPULATIONS
from microdrama.experiments.outcomes.run_tables import series_columns
from microdrama.model.economy import PHASES
from microdrama.model.errors import InputError
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.panel import COLUMNS

from .conftest import STUDY

ROOT = Path(__file__).parents[3]
TABLES_OF_RUN = ["runs", "panel", "studios", "funds", "series", "flows", "balance", "measures", "platforms"]


def key_of(name):
    return list(TABLES[name].key)


@pytest.mark.parametrize("name", TABLES_OF_RUN)
def test_rows_are_unique_and_in_order_and_carry_run_and_seed(exported, name):
    frame = pd.read_parquet(exported / f"{name}.parquet")
    assert len(frame) and list(frame.columns[:2]) == ["run", "seed"]
    assert (frame["seed"] == 3).all()
    assert not frame.duplicated(key_of(name)).any()
    ordered = frame.sort_values(key_of(name), kind="stable")  # categories sort by their codes, what is missing last
    pd.testing.assert_frame_equal(frame, ordered)


def test_the_panel_holds_what_the_run_left(a_run, exported):
    left, frame = pd.read_parquet(a_run / "panel.parquet"), pd.read_csv(exported / "panel.csv")
    assert (frame["date"] == left["month"] + "-01").all()
    assert (frame["year"] * 100 + frame["month"] == left["month"].str.replace("-", "").astype(int)).all()
    for name in COLUMNS:
        np.testing.assert_array_equal(frame[name], left[name], name)  # to the last bit, through text


def test_series_and_flows_hold_what_the_run_left(a_run, exported):
    left, frame = pq.read_table(a_run / "series.parquet"), pq.read_table(exported / "series.parquet")
    assert sorted(left["studio"].to_pylist()) == sorted(frame["studio"].to_pylist())
    assert left["revenue_fen"].to_numpy().sum() == frame["revenue_fen"].to_numpy().sum()
    assert frame["shot"].null_count == sum(month == "" for month in left["shot"].to_pylist()) > 0
    flows = pd.read_csv(exported / "flows.csv")
    assert (flows["yuan"] == flows["fen"] / 100).all()
    assert flows["fen"].sum() == pq.read_table(a_run / "flows.parquet")["fen"].to_numpy().sum()


@pytest.mark.parametrize("name", ["panel", "series", "measures", "studios", "parameters"])
def test_all_formats_hold_the_same_values(exported, name):
    table = pq.read_table(exported / f"{name}.parquet")
    assert pyarrow.feather.read_table(exported / f"{name}.arrow").equals(table)
    frame = table.to_pandas(integer_object_nulls=True)
    whole = {v.name: "Int64" for v in table.schema if pa.types.is_integer(v.type)}
    stata = pd.read_stata(exported / f"{name}.dta")
    other, meta = pyreadstat.read_dta(exported / f"{name}.dta", apply_value_formats=True)
    spss, _ = pyreadstat.read_sav(exported / f"{name}.sav", apply_value_formats=True)
    with closing(openpyxl.load_workbook(exported / f"{name}.xlsx", read_only=True)) as book:
        rows = list(book[name].iter_rows(min_row=2, values_only=True))
    excel = pd.DataFrame(rows, columns=list(frame.columns))
    text = pd.read_csv(exported / f"{name}.csv", keep_default_na=False, na_values=[""], dtype=whole)
    short = short_names(frame.columns)
    for column in frame:
        kind, expected = table.schema.field(column).type, frame[column]
        for found in (stata[short[column]], other[short[column]], spss[short[column]], excel[column], text[column]):
            same(expected, found, kind)
    assert all(label == meta.column_names_to_labels[short[c]] for c, label in labels(table).items())


def labels(table):
    return {field.name: field.metadata[b"label"].decode() for field in table.schema}


def same(expected, found, kind):
    if pa.types.is_floating(kind):
        numbers = found.to_numpy(dtype=float)
        known = np.isfinite(numbers)  # infinity is missing in Stata and SPSS
        np.testing.assert_allclose(expected.to_numpy()[known], numbers[known], rtol=1e-15, atol=0)
        assert not np.isfinite(expected.to_numpy()[~known]).any()
    elif pa.types.is_date(kind):
        assert (pd.to_datetime(expected).fillna(pd.Timestamp(0)) == pd.to_datetime(found).fillna(pd.Timestamp(0))).all()
    elif pa.types.is_integer(kind):
        blank = lambda x: x if isinstance(x, str) else "" if pd.isna(x) else str(int(x))  # noqa: E731
        assert [blank(x) for x in expected] == [blank(x) for x in found]
    elif pa.types.is_boolean(kind):
        words = {"no": False, "yes": True}
        assert expected.tolist() == [words.get(x, x) for x in found]
    else:
        expected = expected.astype(object).where(expected.notna(), "").astype(str)
        assert expected.tolist() == found.astype(object).where(found.notna(), "").astype(str).tolist()


def test_types_survive_in_arrow_and_parquet(exported):
    for table in (pq.read_table(exported / "series.parquet"), pyarrow.feather.read_table(exported / "series.arrow")):
        kinds = {field.name: field.type for field in table.schema}
        assert kinds["studio"] == pa.int64() and kinds["commissioned"] == pa.bool_()
        assert kinds["released"] == pa.date32() and kinds["edge"] == pa.float64()
        assert pa.types.is_dictionary(kinds["genre"])
        field = table.schema.field("cost_fen")
        assert field.metadata[b"unit"] == b"fen" and field.metadata[b"meaning"]


def test_stata_months_dates_and_value_labels(exported):
    meta = pyreadstat.read_dta(exported / "panel.dta", metadataonly=True)[1]
    assert meta.original_variable_types["date"] == "%td" and meta.original_variable_types["mdate"] == "%tm"
    raw = pd.read_stata(exported / "panel.dta", convert_dates=False, convert_categoricals=False)
    assert (raw["mdate"] == (raw["year"] - 1960) * 12 + raw["month"] - 1).all()
    slugs = shipped_cities().slugs
    assert meta.variable_value_labels["city"] == dict(enumerate(slugs))
    assert all(len(label) <= 80 for label in meta.column_labels)
    assert all(len(name) <= 32 for name in meta.column_names)
    assert "one row for each: run, date, city" in meta.notes


def test_no_seed_and_no_id_is_rounded(exported_sweep, exported):
    assert float(2**53 + 1) != 2**53 + 1
    stata, _ = pyreadstat.read_dta(exported_sweep / "panel.dta")
    assert set(stata["seed"]) == {"7", str(2**53 + 1)}
    assert set(pq.read_table(exported_sweep / "panel.parquet")["seed"].to_pylist()) == {7, 2**53 + 1}
    ids = pq.read_table(exported / "studios.parquet")["studio"].to_pylist()
    assert min(ids) > 2**53
    for found in (pyreadstat.read_dta(exported / "studios.dta")[0], pyreadstat.read_sav(exported / "studios.sav")[0]):
        assert found["studio"].tolist() == list(map(str, ids))


def test_runs_of_a_sweep_are_numbered_in_the_order_of_the_design(a_sweep, exported_sweep):
    runs, panel = pd.read_csv(exported_sweep / "runs.csv"), pd.read_parquet(exported_sweep / "panel.parquet")
    left = pd.read_parquet(a_sweep / "panel.parquet")
    study = load_study(STUDY)
    assert runs["run"].tolist() == list(range(1, 2 * len(study.points) + 1))
    assert runs["offer.size"].tolist() == [p["offer.size"] for p in study.points for _ in (0, 1)]
    by_id = runs.set_index("run_id")["run"]
    assert (panel["run"].to_numpy() == left["run_id"].map(by_id).to_numpy()).all()
    assert (panel["seed"].to_numpy() == left["seed"].to_numpy()).all()
    varied = pd.read_csv(exported_sweep / "parameters.csv").query("varied")["parameter"].tolist()
    assert varied == ["crisis_strength"]


def test_wide_tables_hold_the_same_entries(a_run, exported, tmp_path):
    export(a_run, tmp_path / "wide", formats=["csv", "stata"], tables=["panel", "flows", "balance"], wide_tables=True)
    wide, long = pd.read_csv(tmp_path / "wide/panel.csv"), pd.read_csv(exported / "panel.csv")
    assert len(wide) == 14 and list(wide.columns[:5]) == ["run", "seed", "date", "year", "month"]
    for name in ("shoot_days", "rent_yuan_m2_month"):
        pivoted = long.pivot(index="date", columns="city", values=name)
        assert (wide[[f"{name}_{city}" for city in pivoted]].to_numpy() == pivoted.to_numpy()).all()
    flows, long = pd.read_csv(tmp_path / "wide/flows.csv"), pd.read_csv(exported / "flows.csv")
    wages = flows.set_index(["date", "payer", "payee"])["fen_wages"].dropna()
    expected = long.query("flow == 'wages'").set_index(["date", "payer", "payee"])["fen"]
    assert wages.to_dict() == expected.to_dict()
    assert max(map(len, pyreadstat.read_dta(tmp_path / "wide/panel.dta")[1].column_names)) <= 32


def test_the_size_of_blocks_does_not_matter(a_run, tmp_path, monkeypatch):
    found = open_results(a_run)
    export(a_run, tmp_path / "one", formats=["csv", "stata"], tables=["cells"])
    monkeypatch.setattr("microdrama.experiments.export.sources.CELLS", 1)
    sizes = [block.num_rows for block in found.sources["cells"].blocks()]
    assert len(sizes) > 10 and max(sizes) == 1000  # memory does not grow with the table
    export(a_run, tmp_path / "many", formats=["csv", "stata"], tables=["cells"])
    for name in ("cells.csv", "cells.dta", "codebook.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()
    table = tidy(found.sources["panel"], found)
    whole = joined(wide(table).blocks())
    rows = next(table.blocks())
    table.blocks = lambda: ([values.slice(i, 7) for values in rows] for i in range(0, len(rows[0]), 7))
    parts = list(wide(table).blocks())
    assert len(parts) > 10
    assert joined(parts) == whole and len(whole[0]) == 14


def joined(blocks):
    return [[x for part in parts for x in part.to_pylist()] for parts in zip(*blocks)]


def test_frictionless_accepts_the_package_and_finds_damage(exported, exported_sweep, tmp_path):
    for folder in (exported, exported_sweep):
        report = frictionless.validate(folder / "datapackage.json")
        assert report.valid, [e.message[:200] for task in report.tasks for e in task.errors][:5]
    copy = Path(shutil.copytree(exported_sweep, tmp_path / "copy"))
    fields = json.loads((copy / "datapackage.json").read_text())["resources"][0]["schema"]["fields"]
    assert next(f for f in fields if f["name"] == "city_share_shoot_days")["unit"] == "share"
    text = (copy / "panel.csv").read_text()
    (copy / "panel.csv").write_text(text.replace('"zhengzhou"', '"zhenghzou"', 1))
    kinds = {error.type for task in frictionless.validate(copy / "datapackage.json").tasks for error in task.errors}
    assert "constraint-error" in kinds and "hash-count" in kinds


def test_the_codebook_describes_every_variable_of_every_file(exported):
    book = pd.read_csv(exported / "codebook.csv", keep_default_na=False)
    page = (exported / "codebook.md").read_text()
    for path in exported.glob("*.csv"):
        if path.stem != "codebook":
            mine = book[book["table"] == path.stem]
            assert mine["name"].tolist() == pd.read_csv(path, nrows=1).columns.tolist()
            assert (mine["definition"] != "").all() and (mine["label"].str.len() <= 80).all()
            assert all(f"| `{name}`" in page for name in mine["name"])
    rent = book[(book["table"] == "panel") & (book["name"] == "rent_yuan_m2_month")].iloc[0]
    assert rent["unit"] == "yuan/m2/month" and "move_rents" in rent["made_by"] and "P2" in rent["made_by"]
    null = book[(book["table"] == "measures") & (book["name"] == "null_low")].iloc[0]
    assert null["missing"] == pd.read_csv(exported / "measures.csv")["null_low"].isna().sum() > 0
    house = book[(book["table"] == "cities") & (book["name"] == "rent_yuan_m2_month")].iloc[0]
    assert house["source"] and house["allowed"] == "0.01 to 100000"


def test_origins_name_phases_and_equations_that_exist():
    equations = (Path(__file__).parents[3] / "docs/equations.md").read_text(encoding="utf-8")
    phases = {phase.__name__ for group in PHASES.values() for phase in group}
    assert PANEL.keys() == COLUMNS.keys()
    for column, origin in PANEL.items():
        words, _, codes = origin.rstrip(")").rpartition(" (")
        assert all(f"({code})" in equations or f"**{code}**" in equations for code in codes.split(", ")), column
        assert words.startswith("input: ") or {*words.split(", ")} <= phases, column


def test_names_of_all_columns_fit_and_differ():
    known = {*COLUMNS, *outcome_columns(shipped_cities().slugs), *series_columns()}
    known |= {name for kept in POPULATIONS.values() for name in kept.entity.columns()}
    short = short_names(known)
    assert len({*short.values()}) == len(known) and all(len(name) <= 32 for name in short.values())
    assert all((name != short[name]) == (len(name) > 32) for name in known)
    long = short_names([f"a_very_long_name_of_a_variable_{i}" for i in range(300)] + ["if", "3d", "a.b", "a_b", ""])
    assert len({*long.values()}) == 305
    assert all(re.fullmatch(r"[A-Za-z_]\w{0,31}", name, re.ASCII) for name in long.values())
    assert long["if"] != "if"


def test_labels_keep_to_80_characters_and_notes_have_the_rest():
    v = Variable("x", "number", "word " * 40, "yuan", short="x")
    assert len(v.label) <= 80 and any("word " * 40 in note for note in v.notes)


def test_infinite_values_are_mapped_and_counted(a_run, changed, tmp_path):
    table = pq.read_table(a_run / "panel.parquet")
    values = table["edge"].to_numpy().copy()
    values[:3] = np.inf, -np.inf, np.nan
    at = table.schema.get_field_index("edge")
    folder = changed("panel.parquet", table.set_column(at, table.schema.field(at), pa.array(values)))
    export(folder, tmp_path / "out", formats=["csv", "stata", "spss", "excel", "parquet"], tables=["panel"])
    stata = pd.read_stata(tmp_path / "out/panel.dta", convert_missing=True)["edge"]
    assert [str(x) for x in stata[:3]] == [".a", ".b", "."]
    assert pd.read_csv(tmp_path / "out/panel.csv")["edge"][:2].tolist() == [np.inf, -np.inf]
    assert pyreadstat.read_sav(tmp_path / "out/panel.sav")[0]["edge"][:3].isna().all()
    book = pd.read_csv(tmp_path / "out/codebook.csv").set_index("name").loc["edge"]
    assert book["infinite"] == 2 and book["missing"] == 1
    assert frictionless.validate(tmp_path / "out/datapackage.json").valid


def test_rows_out_of_order_are_damage(a_run):
    found = open_results(a_run)
    left = next(found.sources["panel"].blocks())
    for wrong in (left.take(list(range(left.num_rows))[::-1]), pa.concat_tables([left, left.slice(0, 1)])):
        source = replace(found.sources["panel"], blocks=lambda _=(), wrong=wrong: iter([wrong]))
        with pytest.raises(InputError, match="not unique or not in order by run, date, city"):
            list(tidy(source, found).checked())
    halves = replace(found.sources["panel"], blocks=lambda _=(): iter([left.slice(50), left.slice(0, 50)]))
    with pytest.raises(InputError, match="not in order"):
        list(tidy(halves, found).checked())


BAD = {
    "unknown table": (["--tables", "pannel"], "did you mean 'panel'"),
    "unknown format": (["--format", "strata"], "did you mean 'stata'"),
    "table not kept": (["--tables", "actors"], "--record"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_exported_is_told_and_nothing_is_left(case, a_run, tmp_path, capsys):
    words, message = BAD[case]
    copy = Path(shutil.copytree(a_run, tmp_path / "run"))
    manifest = json.loads((copy / "manifest.json").read_text())
    manifest["tables"].pop("actors")
    (copy / "manifest.json").write_text(json.dumps(manifest))
    assert cli.main(["export", str(copy), "--out", str(tmp_path / "out"), *words]) == 2
    assert message in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_what_is_no_result_or_stands_in_the_way_is_told(a_run, a_sweep, tmp_path, capsys):
    assert cli.main(["export", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "holds no results" in capsys.readouterr().err
    assert cli.main(["export", str(tmp_path / "no"), "--out", str(tmp_path / "out")]) == 2
    assert "is not there" in capsys.readouterr().err
    (tmp_path / "there").mkdir()
    assert cli.main(["export", str(a_run), "--out", str(tmp_path / "there")]) == 2
    assert "already exists" in capsys.readouterr().err
    with pytest.raises(InputError, match="has no table 'flows'"):
        choose(open_results(a_sweep), ["flows"])


def test_a_table_too_large_for_a_sheet_is_told(a_run, tmp_path, monkeypatch):
    monkeypatch.setattr("microdrama.experiments.export.writers.EXCEL_ROWS", 20)
    with pytest.raises(InputError, match=r"'panel' has 112 rows.*choose another format"):
        export(a_run, tmp_path / "out", formats=["excel"], tables=["panel"])
    monkeypatch.setattr("microdrama.experiments.export.writers.SPSS_CELLS", 20)
    with pytest.raises(InputError, match="too many for the SPSS format"):
        export(a_run, tmp_path / "out", formats=["spss"], tables=["panel"])
    assert not list(tmp_path.iterdir())


def test_a_disk_that_is_full_leaves_nothing(a_run, tmp_path):
    code = """if True:
        import resource, sys
        from microdrama.experiments import cli
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        for name in ("csv", "parquet", "arrow", "stata", "spss", "excel"):
            words = ["export", sys.argv[1], "--format", name, "--tables", "cells", "--out", sys.argv[2]]
            print(name, cli.main(words))
    """
    words = [sys.executable, "-c", code, str(a_run), str(tmp_path / "out")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert re.findall(r"^\w+ (\d)$", done.stdout, re.M) == ["2"] * 6, done.stderr
    assert done.stderr.count("cannot write the results") == 6 and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_cell_is_one_in_all_tables_and_what_the_examples_map_is_there(a_run, tmp_path):
    names = ["studios", "bases", "malls", "cells"]
    export(a_run, tmp_path / "tables", formats=["csv"], tables=names)
    tables = {name: pd.read_csv(tmp_path / "tables" / f"{name}.csv") for name in names}
    cells = tables["cells"]
    for name in names[:3]:
        found = tables[name].merge(cells, on=["run", "date", "cell"], suffixes=("", "_there"), validate="m:1")
        assert len(found) == len(tables[name]) > 0
        for column in ("city", "zone"):
            assert (found[column].fillna("") == found[f"{column}_there"].fillna("")).all(), (name, column)
    there = tables["studios"].groupby(["date", "cell"]).size()
    assert there.equals(cells.set_index(["date", "cell"])["studios"].loc[there.index].rename(None))
    np.testing.assert_allclose(np.hypot(cells["dx_km"], cells["dy_km"]), cells["distance_km"])
    assert {"malanshan", "zhengdong"} <= {*cells["zone"].dropna()}
    book = pd.read_csv(tmp_path / "tables" / "codebook.csv").set_index(["table", "name"])
    for column in ("cell", "zone", "dx_km", "dy_km"):
        assert len(book.loc["cells", column]["definition"]) > 20
    shown = [shipped_text(f"export/programs/example.{kind}") for kind in ("do", "R")]
    for text in (*shown, (ROOT / "docs/exports.md").read_text(encoding="utf-8")):
        used = re.findall(r"\b(?:cells|map)\$(\w+)|\bscatter (\w+) (\w+)|\bm:1 (\w+) (\w+) (\w+)", text)
        assert len(used) > 1 and {*filter(None, sum(used, ()))} <= {*cells}


def test_pairs_have_the_true_effect_and_programs_recover_it(a_sweep, tmp_path, capsys):
    out = tmp_path / "out"
    assert cli.main(["export", str(a_sweep), "--paired", "offer.size", "--format", "csv,stata", "--out", str(out)]) == 0
    pairs, panel, runs = (pd.read_csv(out / f"{name}.csv") for name in ("pairs", "panel", "runs"))
    assert {*runs["offer.size"][runs["run"].isin(pairs["run"])]} == {0.2} and len(pairs) == len(panel) / 2
    same = ["seed", "crisis_strength", "scenario"]
    both = runs[runs["offer.size"] == 0.2].merge(runs[runs["offer.size"] == 0], on=same, suffixes=("", "_twin"))
    days = panel.set_index(["run", "date", "city"])["shoot_days"]
    for own, twin in zip(both["run"], both["run_twin"]):
        rows = pairs[pairs["run"] == own].set_index(["date", "city"])
        assert (rows["shoot_days"] == days[own]).all() and (rows["shoot_days_without"] == days[twin]).all()
        assert (rows["shoot_days_effect"] == days[own] - days[twin]).all()
    total = pairs.groupby(["run", "date"])["shoot_days_effect"].transform("sum")
    assert np.allclose(pairs["shoot_days_elsewhere"], total - pairs["shoot_days_effect"])
    treated = pairs["treated"]
    assert {*pairs["city"][treated]} == {"zhengzhou"} and (pairs["start"].isna() == ~treated).all()
    assert (pairs["post"] == (pairs["date"] >= "2021-02")).all()
    book = pd.read_csv(out / "codebook.csv").set_index(["table", "name"])
    assert book.loc[("pairs", "start"), "missing_means"] == "none: the city is never treated"

    program = runpy.run_path(str(out / "event_study.py"))
    found = program["estimates"](program["read"](out), "workers")
    assert np.allclose(found["estimate"], found["truth"] + found["displaced"] + found["grown_apart"], atol=1e-9)
    by_month = program["event_study"](program["read"](out), "workers")
    assert np.allclose(by_month["estimate_against_twin"], by_month["truth"], atol=1e-9)
    (out / "pairs.csv").unlink()
    again = program["estimates"](program["read"](out), "workers")  # the same from Stata's file
    assert np.allclose(found, again)

    for factor, message in (("offer.sise", "did you mean 'offer.size'"), ("", "name the factor of the treatment")):
        assert cli.main(["export", str(a_sweep), f"--paired={factor}", "--out", str(tmp_path / "no")]) == 2
        assert message in capsys.readouterr().err and not (tmp_path / "no").exists()


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="no R here (r-base-core): event_study.R is not tried")
def test_the_program_in_r_recovers_the_truth(a_sweep, tmp_path):
    export(a_sweep, tmp_path / "out", paired="offer.size")
    done = subprocess.run(
        ["Rscript", "event_study.R"], cwd=tmp_path / "out", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 and "plus what is displaced" in done.stdout, done.stderr


def test_a_run_without_twins_has_no_pairs(a_run, tmp_path):
    with pytest.raises(InputError, match="--paired needs a sweep with panel = true"):
        export(a_run, tmp_path / "out", paired="")


def test_micro_tables_join(a_run, tmp_path):
    export(a_run, tmp_path / "out", tables=["jobs", "actors", "studios", "series", "cells", "funds", "bases"])
    tables = {path.stem: pd.read_csv(path) for path in (tmp_path / "out").glob("*.csv") if path.stem != "codebook"}
    jobs, studios = tables["jobs"], tables["studios"]
    assert len(jobs.merge(studios, on=["run", "date", "studio"])) > 0.8 * len(jobs) > 0  # the others closed
    assert len(jobs.merge(tables["series"], on=["run", "studio", "born", "slot"])) > 0
    assert len(jobs.merge(tables["actors"], on=["run", "date", "actor"])) > 0.8 * len(jobs)
    places = studios.merge(tables["cells"], on=["run", "date", "cell"])
    assert (places["zone_x"].fillna("") == places["zone_y"].fillna("")).all()
    held, names = studios.dropna(subset=["private_fund"]), tables["funds"].rename(columns={"name": "private_fund"})
    assert len(held.merge(names, on=["run", "date", "private_fund"])) == len(held)
    assert studios["parent"].isna().any() and not (studios["parent"] == 0).any()
    assert not (tables["series"]["publisher"] == -1).any()


def test_csv_is_as_the_program_of_the_reader_wants_it(a_sweep, tmp_path, capsys):
    plain, german = tmp_path / "plain", tmp_path / "german"
    names = ["export", str(a_sweep), "--tables", "runs,parameters"]
    assert cli.main([*names, "--out", str(plain)]) == 0
    assert cli.main([*names, "--excel", "--decimal", "comma", "--out", str(german)]) == 0
    assert (german / "runs.csv").read_bytes().startswith(b"\xef\xbb\xbf") and frictionless_valid(german)
    runs = pd.read_csv(plain / "runs.csv")
    other = pd.read_csv(german / "runs.csv", sep=";", decimal=",", encoding="utf-8-sig")
    assert np.allclose(runs["city_share_shoot_days"], other["city_share_shoot_days"], equal_nan=True)
    assert {*other["seed"]} == {'="7"', f'="{2**53 + 1}"'}
    assert 'sep = ";", dec = ",", fileEncoding = "UTF-8-BOM"' in (german / "open.R").read_text(encoding="utf-8")
    assert pd.read_csv(german / "codebook.csv", sep=";", encoding="utf-8-sig")["name"].notna().all()
    for options, message in (
        (["--decimal", "comma", "--separator", "comma"], "decimal commas need another separator"),
        (["--separator", "colon"], "invalid choice: 'colon'"),
        (["--excel", "--format", "stata"], "are for --format csv"),
    ):
        assert cli.main([*names, *options, "--out", str(tmp_path / "no")]) == 2
        assert message in capsys.readouterr().err and not (tmp_path / "no").exists()


def frictionless_valid(folder):
    return frictionless.validate(str(folder / "datapackage.json")).valid


def test_no_text_is_a_formula(tmp_path):
    texts = ["=1+1", "+SUM(A1)", "@x", "-cmd|' /C'", "-1", "plain", None]
    variable = Variable("value", "text", "any text")
    table = Tidy("parameters", ("value",), [variable], len(texts), lambda: iter([[pa.array(texts)]]))
    writer = Csv(tmp_path / "t.csv", table)
    writer.write([pa.array(texts)])
    writer.close()
    found = pd.read_csv(tmp_path / "t.csv", keep_default_na=False, skip_blank_lines=False)["value"].tolist()
    assert found == ["'=1+1", "'+SUM(A1)", "'@x", "'-cmd|' /C'", "-1", "plain", ""]

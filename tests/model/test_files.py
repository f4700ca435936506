"""Tables as programs save them, and what is refused of them: the same for CSV and Excel, in every table."""

import datetime
import re
import zipfile

import numpy as np
import pytest

from microdrama.model.errors import A_LINE, InputError, meant
from microdrama.model.inputs.cities import parse_cities, read_cities, shipped_cities
from microdrama.model.inputs.files import (
    MOST_VALUES,
    as_number,
    parse_toml,
    plain,
    read_table,
    read_text,
    shipped_text,
    table_rows,
)
from microdrama.model.inputs.scenario import load_scenario
from microdrama.model.inputs.writing import toml
from worlds import workbook

CITIES = shipped_text("cities.csv")


def scenario(folder, content, name="a.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return load_scenario(path)


HALF = [["name", "value"], ["crisis_strength", 0.5]]


@pytest.mark.parametrize(
    "text",
    [
        "name,value\ncrisis_strength,0.5\n,,\n,,\n",
        "Name,Value\r\ncrisis_strength,0.5\r\n",
        " NAME ; value\ncrisis_strength;0,5\n",
        "name\tvalue\ncrisis_strength\t0,5\n",
        "sep=;\nname;value\ncrisis_strength;0.5\n",
        'name,value\ncrisis_strength,"0,5"\n',
        "# a comment, with a comma\nname,value\n\n#N\ncrisis_strength,0.5,\n",
        '"# a comment, as Excel saves it",\nname,value\ncrisis_strength,0.5',
        "name,value\rcrisis_strength,0.5\r",
        "name;value;allowed\ncrisis_strength;0,5;from 0 to 1,5\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_is_read_however_it_was_saved(tmp_path, text, encoding):
    assert scenario(tmp_path, text.encode(encoding)).parameters.crisis_strength == 0.5


def test_chinese_excel_saves_gb18030_and_it_is_read_with_a_word_about_it(tmp_path):
    text = "name,value\ntitle,危机\ncrisis_strength,0.5\n"
    assert scenario(tmp_path, text).title == "危机"
    with pytest.warns(UserWarning, match="read as GB18030"):
        assert scenario(tmp_path, text.encode("gb18030")).title == "危机"
    with pytest.raises(InputError, match="not a UTF-8 text file"):
        scenario(tmp_path, "name,value\ntitle,Zürich\n".encode("latin-1"))
    with pytest.raises(InputError, match="not a UTF-8 text file"):
        scenario(tmp_path, 'title = "危机"'.encode("gb18030"), "a.toml")


def test_columns_may_have_spaces_and_capitals():
    head, rest = CITIES.split("\n", 1)
    again = parse_cities(head.title().replace("_", " ") + "\n" + rest, "x")
    assert again.texts == shipped_cities().texts


def test_a_decimal_comma_is_read_where_it_can_be_nothing_else():
    def values(text):
        return [float(row["v"]) for _, row in table_rows(text, "x", ("v",))]

    assert values("v;w\n0,5;a\n1,250;b\n-3,14;c\n2;d\n") == [0.5, 1.25, -3.14, 2]
    with pytest.raises(InputError, match=r"x:3: 1\.250 beside decimal commas: is it 1250\? Write that"):
        values("v;w\n0,5;a\n1.250;b\n")
    with pytest.raises(ValueError, match="1,250"):  # one or the other: it is left as it is, and no number
        values("v;w\n1,250;a\n")
    assert values("v;w\n1.250;a\n") == [1.25]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,value\ncrisis_strength,0,5\n", r"a\.csv:2: 1 more entries than columns; was 0\.5 meant\?"),
        ('name,value\ncrisis_strength,"0.5\nmonths,3\n', r"a\.csv:2: not a row of separated values: quotation marks"),
        ("name,value\ncrisis_strength,#REF!\n", r"a\.csv:2: column 'value': the cell is #REF!"),
        ("name,value\n#REF!,3\n", r"a\.csv:2: column 'name': the cell is #REF!"),
        ("name,value\ncrisis_strength,=1/2\n", r"a\.csv:2: column 'value': '=1/2' begins like a formula"),
        ("name,value\ntitle,\x1b[31mred\n", r"a\.csv:2: column 'value': .* holds a control character"),
        ("name,value,Value\nmonths,3,4\n", r"a\.csv: column 'value' is given twice"),
        ("\n\nname,value\n\n,\nmonths,x\n,9\n", r"a\.csv:7: '9' has no name"),
        ("name,value\n\n\nmonths,3\n\nmonths,4", r"a\.csv:6: 'months' is set twice"),
        ('name,value\ncrisis_strength,"1,250"\n', r"'1,250': must be a number from 0 to [0-9.]+.*; write 1250"),
    ],
)
def test_what_could_be_misread_is_refused_with_its_place(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        scenario(tmp_path, text)
    assert len(caught.value.problems) == 1


# ---------------------------------------------------------------------------- Excel


def test_a_workbook_is_read_like_a_table(tmp_path):
    half = [["Name", "VALUE"], ["# to try", None], [None, None], ["crisis_strength", "0,5"], ["migration", False]]
    found = load_scenario(workbook(tmp_path / "a.xlsx", Scenario=half, notes=[["anything", "=1+1"]]))
    assert (found.parameters.crisis_strength, found.parameters.migration) == (0.5, False)


def test_formulas_without_a_value_and_cells_with_errors_are_named(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    path = workbook(tmp_path / "a.xlsx", scenario=[*HALF[:1], ["crisis_strength", "=1/2"]])
    with pytest.raises(InputError, match=r"a\.xlsx, scenario:2, column 2: the formula has no stored value; open the"):
        load_scenario(path)
    path = workbook(tmp_path / "c.xlsx", cities=[line.split(",")[:2] for line in CITIES.splitlines()[:3]])
    book = openpyxl.load_workbook(path)
    book["cities"]["A3"] = "#REF!"
    book.save(path)
    with pytest.raises(InputError, match=r"c\.xlsx, cities:3, column 1: the cell is #REF!"):
        read_cities(path)


def test_cells_beyond_the_size_that_a_sheet_claims_are_read(tmp_path):
    path = workbook(tmp_path / "a.xlsx", scenario=HALF)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert b'ref="A1:B2"' in sheet
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part.replace(b'ref="A1:B2"', b'ref="A1"'))
    assert load_scenario(path).parameters.crisis_strength == 0.5


@pytest.mark.parametrize("sheet", ["policys", "policy", "city", "house prices"])
def test_a_sheet_named_almost_right_is_refused(tmp_path, sheet):
    with pytest.raises(InputError, match=f"unknown sheet '{sheet}'; did you mean"):
        load_scenario(workbook(tmp_path / "a.xlsx", scenario=HALF, **{sheet: [["a"]]}))
    with pytest.warns(UserWarning, match="not read: the sheets prizes"):
        load_scenario(workbook(tmp_path / "b.xlsx", scenario=HALF, prizes=[["a"]]))


@pytest.mark.parametrize("keep", [0, 1, 20, 200, 0.5, 0.9])
def test_a_damaged_workbook_is_refused(tmp_path, keep):
    path = workbook(tmp_path / "a.xlsx", scenario=HALF)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(keep * len(whole)) if isinstance(keep, float) else keep])
    with pytest.raises(InputError, match="not an Excel workbook"):
        load_scenario(path)


def test_parts_of_a_workbook_that_are_no_xml_are_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", scenario=HALF)
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    for broken in parts:
        with zipfile.ZipFile(path, "w") as book:
            for name, part in parts.items():
                book.writestr(name, part[: len(part) // 2] if name == broken else part)
        try:
            assert load_scenario(path).parameters.crisis_strength == 0.5  # a part that says nothing of cells
        except InputError as error:
            assert "a.xlsx" in str(error)


# ---------------------------------------------------------------------------- texts and values


@pytest.mark.parametrize("name", ["nul\0.csv", "x" * 5000 + ".csv", "nul\0", "x" * 5000])
def test_names_that_no_file_can_have_are_refused(name):
    with pytest.raises(InputError):
        load_scenario(name)
    with pytest.raises(InputError, match="cannot read the table"):
        read_text(name, "table")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = " + "1" * 5001, "not valid TOML"),
        ("x = " + "[" * 3000 + "]" * 3000, "not valid TOML"),
        ("x = " + "[" * 50 + "]" * 50, "more than 20 deep"),
        ('title = "\\u007f"', "control character"),
        ('title = "\\u001b[2J"', "control character"),
        ('"\\u0000" = 1', "control character"),
        ('title = "=cmd|calc"', "begins like a formula"),
        (f"x = [{'1,' * (MOST_VALUES + 1)}]", f"a list of {MOST_VALUES + 1:,} values; at most"),
        ("swap = { cities = ['zhengzhou', ['xian']], blocks = [['wages']] }", r"unknown city '\['xian'\]'"),
    ],
)
def test_toml_that_cannot_be_meant_is_refused_in_a_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        scenario(tmp_path, text, "a.toml")
    assert all(len(line) <= A_LINE + 10 and line.isprintable() for line in str(caught.value).splitlines())


def test_values_of_python_are_those_of_a_file():
    given = {"a": np.int64(3), "b": (1, np.float32(0.5)), "c": range(2), "d": np.arange(3.0), "e": np.bool_(True)}
    assert plain(given, "x") == {"a": 3, "b": [1, 0.5], "c": [0, 1], "d": [0, 1, 2], "e": True}
    assert plain({"f": {1: np.array(7)}, "g": None}, "x") == {"f": {"1": 7}, "g": None}
    for wrong, message in (
        (range(10**12), "a list of 1,000,000,000,000 values"),
        ("\ud800", "control character"),
        ({1, 2}, "set is nothing that a file could hold"),
        (object(), "object is nothing"),
    ):
        with pytest.raises(InputError, match=message):
            plain({"a": wrong}, "x")
    assert parse_toml("a = 2021-01-01", "x") == {"a": datetime.date(2021, 1, 1)}


def test_a_text_with_any_allowed_character_survives_being_written():
    data = {"title": 'é\t"\\\n危 \u3000\U0001f3ac', "a key": {"b.c": "'"}}
    assert parse_toml(toml(data), "x") == data


def test_numbers_probably_meant():
    assert [as_number(text) for text in ("17%", " 1.234.567 ", "3,5", "x", "1,5%")] == [
        "0.17",
        "1234567",
        "3.5",
        "",
        "",
    ]


def test_messages_keep_to_a_line_that_a_console_can_show():
    error = InputError(["a\x1b[31m\x7f\nb\ud800", "x" * 10_000])
    assert str(error).splitlines()[0] == r"a\x1b[31m\x7f b\ud800"
    assert max(map(len, str(error).splitlines())) <= A_LINE
    assert meant("failures", ["failures", "runs"]) == "" and meant("x" * 10**6, ["x"]) == ""


def test_city_names_that_mean_something_else_or_begin_a_formula_are_refused():
    for change, message in (
        (("\nzhengzhou,", "\nall,"), "no city can be named all, own"),
        ((",Zhengzhou,", ",=cmd|calc,"), "begins like a formula"),
        (("latitude,", "latitude,Lattitude,"), "unknown column 'Lattitude'"),
    ):
        with pytest.raises(InputError, match=re.escape(message)):
            parse_cities(CITIES.replace(*change, 1), "x")


def test_a_table_of_one_city_gives_its_own_advice(tmp_path):
    (tmp_path / "one.csv").write_text("\n".join(CITIES.splitlines()[:2]), encoding="utf-8")
    with pytest.raises(InputError, match="must be two different cities"):
        scenario(tmp_path, 'cities = "one.csv"\nswap = { cities = ["zhengzhou"] }', "a.toml")


def test_shared_inputs_cannot_be_written_into():
    cities = shipped_cities()
    with pytest.raises(ValueError, match="read-only"):
        cities.rent_yuan_m2_month[0] = 1
    with pytest.raises(TypeError):
        cities.numbers["rent_yuan_m2_month"] = np.zeros(8)


def test_empty_tables_are_named(tmp_path):
    (tmp_path / "a.csv").write_text("\n# nothing\n")
    with pytest.raises(InputError, match=r"a\.csv: the table has no rows"):
        read_table(tmp_path / "a.csv", "table")

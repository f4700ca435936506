"""A question in a line, read and answered."""

import csv

import numpy as np
import pytest

from microdrama.experiments import cli
from microdrama.experiments.analysis.contrast import of_differences
from microdrama.experiments.design.ensembles import members
from microdrama.experiments.design.question import read_question
from microdrama.experiments.reports.ask import ask, asked, sentences
from microdrama.model import InputError, MicroDramaEconomy
from microdrama.model.inputs.cities import shipped_cities
from microdrama.model.inputs.policies import Window
from microdrama.model.inputs.scenario import load_scenario
from worlds import Here

SOURCE = {"source": "a question"}


@pytest.mark.parametrize(
    "line, window",
    [
        (
            "zhengzhou rebate 10% from 2026-01 budget 50m/year",
            Window("zhengzhou", "rebate", 60, 0.1, budget_yuan_year=5e7, **SOURCE),
        ),
        (
            "Xi'an, rent subsidy of 50 % from 2023 to 2025, zone qinhan, cap 3m/firm",
            Window("xian", "rent_subsidy", 24, 0.5, end=60, zone="qinhan", cap_yuan_firm_year=3e6, **SOURCE),
        ),
        ("every city: designation since 2024-6", Window("all", "designation", 41, 1.0, **SOURCE)),
        (
            "郑州 state fund 1.5bn from 2025-01 until 2027-12",
            Window("zhengzhou", "state_fund", 48, 1500.0, end=84, **SOURCE),
        ),
        (
            "zhengzhou public studio 16,000 m2 from 2026-01",
            Window("zhengzhou", "public_studio", 60, 16_000.0, **SOURCE),
        ),
        (
            "hengdian housing 3,000 yuan a studio and month from 2026 budget of 20m in total over 6 months instead",
            Window(
                *("hengdian", "housing", 60, 3000.0), budget_yuan_total=2e7, ramp_months=6, mode="replace", **SOURCE
            ),
        ),
        ("beijing hours cap 14h from 2025-01", Window("beijing", "hours_cap", 48, 14.0, **SOURCE)),
        ("zhengzhou rebate cap 200k from 2023-01", Window("zhengzhou", "rebate_cap", 24, 2e5, **SOURCE)),
        ("zhengzhou training 200 persons a month from 2026-01", Window("zhengzhou", "training", 60, 200.0, **SOURCE)),
    ],
)
def test_a_policy_in_a_line(line, window):
    assert read_question(line.replace(": ", " "), shipped_cities()).windows == (window,)


def test_shocks_and_several_parts():
    found = read_question(
        "no crisis; no rebate; crisis x1.5; genres=false; xian rebate 5% from 2024-01", shipped_cities()
    )
    assert found.values == {"property_crisis": False, "rebate": False, "crisis_strength": 1.5, "genres": False}
    assert [window.city for window in found.windows] == ["xian"] and found.start == 0
    assert found.understood[-1] == (
        "Xi'an: rebates, 5 % of local spending, from 2024-01 on, paid from the city's film budget as it is"
    )


@pytest.mark.parametrize(
    "line, said",
    [
        ("", "nothing is asked: write CITY INSTRUMENT SIZE"),
        ("zhengzhuo rebate 10% from 2026-01", "'zhengzhuo' is not understood; did you mean 'zhengzhou'"),
        ("zhengzhou rebait 10% from 2026-01", "'rebait' is not understood; did you mean 'rebate'"),
        ("zhengzhou rebate 10% form 2026-01", "no month from which it holds"),
        ("zhengzhou rebate 10% from 2026-01 bugdet 50m", "'bugdet' is not understood; did you mean 'budget'"),
        (
            "zhengzhou rebate 10% from 2026-01 bugdet 50m",
            "understood: city zhengzhou; instrument rebate; size 0.1; start",
        ),
        ("zhengzhou rebate from 2026-01", "no size of the rebate"),
        ("zhengzhou rebate 10 from 2026-01", "write 10% or a number from 0 to 1"),
        ("zhengzhou fund 500 from 2026-01", "write an amount, such as 500m"),
        ("zhengzhou rebate 10% from 2026-13", "'2026-13' is not a month"),
        ("zhengzhou rebate 10% from 2019-01", "the model begins in 2021-01"),
        ("zhengzhou rebate 10% from 2026-01 to 2025-01", "must not come before"),
        ("zhengzhou rebate 10% from 2026-01 budget 50", "next to nothing: for millions write 50000000"),
        ("zhengzhou rebate 10% from 2026-01 zone airport", "rebate knows no place"),
        ("no cryses", "no mechanism 'cryses' to switch off"),
        ("crisis_stregth=2", "no parameter 'crisis_stregth'; did you mean 'crisis_strength'"),
    ],
)
def test_a_misread_line_is_answered_with_what_was_understood_and_what_is_allowed(line, said):
    with pytest.raises(InputError) as error:
        read_question(line, shipped_cities())
    assert said in str(error.value)


@pytest.mark.parametrize(
    "line, said",
    [
        ("zhengzhou park services 15k from 2022-01 zone airprot", "airprot"),
        ("crisis_strength=1", "changes nothing"),
        ("scale=0.1", "give --scale or --years"),
        (
            "zhengzhou rebate 5% from 2026-01 replace; zhengzhou rebate 6% from 2026 replace",
            "two windows replace rebate in zhengzhou",
        ),
    ],
)
def test_nothing_is_run_for_a_question_that_cannot_be_asked(line, said):
    with pytest.raises(InputError, match=said):
        asked(line)


def test_a_scenario_file_is_a_question_too(tmp_path):
    path = tmp_path / "offer.toml"
    path.write_text(
        'title = "Offer"\nextends = "baseline"\n[parameters]\ncrisis_strength = 0.5\n[[policy]]\ncity = "xian"\n'
        'instrument = "rebate"\nstart = "2024-01"\nsize = 0.2\n'
    )
    found = asked(str(path))
    assert found.city == "xian" and found.question.values == {"crisis_strength": 0.5} and found.months == 60
    assert [window.size for window in found.question.windows] == [0.2]
    with pytest.raises(InputError, match="name it with --against"):
        asked(str(path), against="late_zhengzhou")


def test_prices_later_than_observed_have_three_paths():
    assert asked("zhengzhou rebate 10% from 2026-01").paths == ("held", "recovery", "deeper")
    assert asked("zhengzhou rebate 10% from 2020-12".replace("2020-12", "2021-01")).paths == ("held",)
    assert asked("zhengzhou rebate 10% from 2026-01", against="no_crisis").paths == ("held",)


def test_the_answer_is_the_difference_of_runs(tmp_path):
    """Job-years of a rebate over two years, from the same runs made by hand, and a second call that runs nothing."""
    line, base = (
        "zhengzhou rebate 40% from 2021-07 budget 500m/year",
        load_scenario("baseline").with_values({"scale": 0.02}),
    )
    told = []
    question = asked(line, against=base, years=1)
    found = ask(question, tmp_path, seeds=5, executor=Here, tell=told.append)["held"]
    assert [len(answer) > 6 for answer in told] == [True, True] and told[-1] == sentences({"held": found})
    by_hand = []
    for seed in range(1, 6):
        each = [scenario.with_values(members("calibrated")[seed - 1]) for scenario in question.scenarios]
        runs = [MicroDramaEconomy(scenario, rng=seed) for scenario in each]
        for economy in runs:
            economy.run_for(18)
        days = [economy.panel.array("paid_days")[6:].sum(axis=0) for economy in runs]
        by_hand.append((days[1] - days[0]) / 0.02 / 22 / 12)
    at = base.cities.index("zhengzhou")
    np.testing.assert_allclose(found.change("paid_days") / 22 / 12, by_hand)
    assert found.added("paid_days", 1 / 264).own[:3] == pytest.approx(of_differences(np.array(by_hand)[:, at])[:3])
    text = (tmp_path / "answer.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {line}\n") and "job-years in Zhengzhou" in text and (tmp_path / "answer.png").is_file()
    rows = (tmp_path / "answer.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "house_prices,step,year,city,without,added,low,high,unit" and any(
        "held,taxes,2022,xian" in r for r in rows
    )
    assert "revise the rate every January" in text
    gains = list(csv.DictReader((tmp_path / "who_gains.csv").open(encoding="utf-8")))
    wages = sum(float(r["added_million_yuan"]) for r in gains if "(wages)" in r["who"] and r["city"] == "zhengzhou")
    assert wages * 1e6 == pytest.approx(found.change("wages_yuan")[:, at].mean()) and len(gains) == 6 * len(base.cities)
    ask(question, tmp_path, seeds=5, executor=lambda: pytest.fail("run twice"))


def test_the_command_says_what_it_understood(tmp_path, capsys):
    words = ["ask", "no state funds", "--scale", "0.02", "--seeds", "2", "--years", "1", "--workers", "1"]
    assert cli.main([*words, "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "understood: state_funds = False in all months" in said and "2 pairs of worlds, 1 year, " in said
    assert cli.main(["ask", "zhengzhou rebait 10%"]) == 2 and "did you mean 'rebate'" in capsys.readouterr().err


def test_it_is_asked_at_full_size(capsys):
    with pytest.raises(SystemExit):
        cli.main(["ask", "--help"])
    assert "0.1 a classroom (default: 1)" in " ".join(capsys.readouterr().out.split())

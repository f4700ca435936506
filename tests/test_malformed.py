"""Whatever a user gives is read, or refused in a line: a fixed part of the cases that ``make fuzz`` tries."""

import pytest

from malformed import MAKERS, READ, REFUSE, Case, as_process, case, failures, of_table

PARTS = 10


@pytest.mark.parametrize("part", range(PARTS))
def test_malformed_input_is_refused_in_a_line_and_leaves_files_alone(part):
    wrong = {number: found for number in range(part, 20 * PARTS, PARTS) if (found := failures(case(number)))}
    assert not wrong


@pytest.mark.slow
@pytest.mark.parametrize("number", range(500, 520))
def test_the_same_holds_of_processes_on_a_console_without_chinese(number):
    assert not failures(case(number), as_process)


def test_cases_are_of_every_kind_and_the_same_again():
    kinds = {case(number).kind.split(":")[0] for number in range(200)}
    assert len(kinds) == 13 and case(7) == case(7) != case(7 + len(MAKERS))


def test_a_wrong_verdict_traceback_or_change_of_a_file_is_a_failure(monkeypatch):
    assert failures(Case("", ("run", "baseline"), {}, REFUSE)) == ["was read"]
    words, others = of_table("cities", "c.csv")
    assert "was refused" in failures(Case("", words, {"c.csv": b"", **others}, READ))[0]

    def spoils(_):
        with open("kept.csv", "w") as file:
            file.write("other")
        return 1, "Traceback"

    assert failures(Case("", (), {"kept.csv": b"kept"}), spoils) == ["kept.csv was changed", "ended with 1: Traceback"]

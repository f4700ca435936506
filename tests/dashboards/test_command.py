"""``microdrama dashboard`` before it starts anything."""

import socket

import pytest

from microdrama.experiments.cli import main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "0"], "must be a whole number from 1 to 65,535"),
        (["--visitors", "0"], "from 1 to 10,000"),
        (["--idle-minutes", "0"], "must be a number from 0.01"),
        (["--idle-minutes", "nan"], "must be a number from 0.01"),
        (["--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
        (["--state", "/dev/null/games"], "--state /dev/null/games: "),
        (["--visitor", "3"], "did you mean '--visitors'"),
    ],
)
def test_what_cannot_be_is_said_in_a_line(words, said, capsys):
    assert main(["dashboard", *words]) == 2
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told


def test_a_port_that_is_taken_is_said(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["dashboard", "--port", str(taken.getsockname()[1])]) == 2
    assert "choose another --port" in capsys.readouterr().err


def test_games_are_kept_in_a_folder_only_if_one_is_named(monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr("os.execve", lambda program, words, env: started.append(env["MICRODRAMA_STATE"]))
    monkeypatch.chdir(tmp_path)
    assert main(["dashboard"]) == 0 and main(["dashboard", "--state", "games"]) == 0
    assert started == ["", str(tmp_path / "games")] and not list((tmp_path / "games").iterdir())


@pytest.mark.parametrize("own", ["192.168.1.7", OSError()])
def test_where_others_can_open_it_is_said(own, monkeypatch, capsys):
    class Probe(socket.socket):
        def connect(self, address):
            if isinstance(own, OSError):
                raise own

        def getsockname(self):
            return own, 1

    monkeypatch.setattr("os.execve", lambda *_: None)
    monkeypatch.setattr("socket.socket", Probe)
    assert main(["dashboard", "--host", "0.0.0.0", "--port", "8766"]) == 0
    said = capsys.readouterr().err
    assert ("http://127.0.0.1:8766" if isinstance(own, OSError) else f"http://{own}:8766 (for phones") in said
    assert "0.0.0.0:8766" not in said and "no password" in said


def test_it_listens_to_this_machine_only_unless_told(monkeypatch):
    started = []
    monkeypatch.setattr("os.execve", lambda program, words, env: started.append((words, env)))
    assert main(["dashboard", "--visitors", "7"]) == 0
    words, env = started[0]
    assert (
        words[words.index("--host") + 1] == "127.0.0.1"
        and "--production" in words
        and env["MICRODRAMA_VISITORS"] == "7"
    )

"""Help: every command has an example that runs, says whether it destroys, and lists its exit codes."""

import os
import pty
import re
import shlex
import subprocess

import click
import pytest

from runner.cli import cli
from runner.errors import Exit
from tests.runner.conftest import Project
from tests.support.footing import Footing
from tests.support.scratch_tables import tables

READS = {"status", "plan", "verify"}
DESTROYS = {"rollback", "redo", "maintain", "db reset"}
DOCUMENTED = {
    "OK": 0,
    "INTERNAL": 1,
    "USAGE": 2,
    "PENDING": 3,
    "DRIFT": 4,
    "LOCKED": 5,
    "SQL": 6,
    "UNSAFE": 7,
    "CONNECTION": 8,
    "REFUSED": 9,
    "INTERRUPTED": 130,
    "TERMINATED": 143,
}


def _commands(group: click.Group, before: str = "") -> dict[str, click.Command]:
    context = click.Context(group)
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command
        found[before + name] = command
        if isinstance(command, click.Group):
            found |= _commands(command, f"{name} ")
    return found


COMMANDS = _commands(cli)


@pytest.mark.parametrize("name", COMMANDS)
def test_has_help_with_an_example(footing: Footing, name: str) -> None:
    shown = footing(*name.split(), "--help", check=True).stdout

    assert "Example:" in shown
    assert f"footing {name}" in shown


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_parse(name: str) -> None:
    helped = COMMANDS[name].help or ""
    for line in re.findall(r"^ *(footing .*)$", helped, re.MULTILINE):
        words = shlex.split(line.partition(" > ")[0])[1:]
        command: click.Command = cli
        while isinstance(command, click.Group):
            context = click.Context(command)
            found = command.get_command(context, words.pop(0))
            assert found, line
            command = found

        command.make_context(command.name, words)


@pytest.mark.parametrize("name", sorted(READS))
def test_a_reading_command_says_so(name: str) -> None:
    assert "Reads only" in (COMMANDS[name].help or "")


@pytest.mark.parametrize("name", sorted(DESTROYS))
def test_a_destructive_command_says_so(name: str) -> None:
    assert "Destructive" in (COMMANDS[name].help or "")


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - DESTROYS))
def test_no_other_command_calls_itself_destructive(name: str) -> None:
    assert not re.search(r"Destructive[.;]", COMMANDS[name].help or "")


@pytest.mark.parametrize("name", [name for name in COMMANDS if not name.startswith("db")], ids=str)
def test_lists_its_exit_codes(name: str) -> None:
    assert re.search(r"Exit codes:\s+0|Exit codes: as", COMMANDS[name].help or "")


def test_the_exit_codes_are_those_that_are_documented(footing: Footing) -> None:
    shown = footing("--help", check=True).stdout

    assert {code.name: int(code) for code in Exit} == DOCUMENTED
    for code in Exit:
        assert re.search(rf"\b{int(code)}\b", shown), code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    undocumented = [
        option.name
        for option in COMMANDS[name].params
        if isinstance(option, click.Option) and not option.help
    ]
    assert undocumented == []


@pytest.mark.parametrize("name", sorted(READS))
def test_a_reading_command_writes_nothing(project: Project, name: str) -> None:
    project.write(tables(1))

    project.run(name, check=True)

    assert project.rows("SELECT to_regnamespace('footing'), to_regnamespace('s1')") == [(None, None)]


def test_plan_with_sql_prints_exactly_what_is_executed(project: Project) -> None:
    text = "CREATE SCHEMA s1;\n-- a comment that stays\nCREATE TABLE s1.t (x int);\n"
    project.write({"migrations/0001_a.sql": text})
    printed = project.run("plan", "--sql", check=True).stdout

    before = project.db.server.log.stat().st_size
    project.db.admin.execute(f"ALTER DATABASE {project.db.name} SET log_statement = 'all'".encode())
    project.migrate(database=project.db.url())

    assert text in printed
    log = project.db.server.log.read_bytes()[before:].decode().replace("\n\t", "\n")
    assert text.strip() in log
    for line in filter(None, map(str.strip, printed.splitlines())):
        if not line.startswith("--"):
            assert _variable(line) in _variable(log), line


def _variable(text: str) -> str:
    """Blank what differs from run to run: the id and host of a row in yoyo's log."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)


def test_colours_are_for_terminals_only(project: Project) -> None:
    project.write(tables(1))

    piped = project.run("status", check=True).stdout
    on_terminal = _on_a_terminal(project, "status")
    without = _on_a_terminal(project, "status", NO_COLOR="1")

    assert "\x1b[" not in piped
    assert "\x1b[" in on_terminal
    assert "\x1b[" not in without


def _on_a_terminal(project: Project, *args: str, **env: str) -> str:
    ours, theirs = pty.openpty()
    process = project.popen(*args, stdout=theirs, stderr=subprocess.STDOUT, env=env)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux says EIO where the other end has closed
        pass
    os.close(ours)
    assert process.wait(timeout=20) == 0
    return shown.decode()

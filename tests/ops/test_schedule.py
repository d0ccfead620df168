"""What runs by itself: systemd and cron say the same as the one definition, and nothing overlaps."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops.schedule.render import HERE, Job, files, jobs
from tests.support.footing import ROOT
from tests.support.waiting import wait_until

JOBS = jobs()
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEK = [MONDAY + timedelta(minutes=minute) for minute in range(7 * 24 * 60)]
GATE = """
import sys
def note(what):
    with open("log", "a") as log:
        print(sys.argv[1], what, file=log)
note("begins")
open("gate").read()
note("ends")
"""


def _by_cron(line: str) -> list[datetime]:
    """Return when cron runs a line in that week."""
    minutes, hours, _, _, days = (set(field.split(",")) for field in line.split()[:5])

    def fits(field: set[str], value: int) -> bool:
        return field == {"*"} or str(value) in field

    return [
        moment
        for moment in WEEK
        if fits(minutes, moment.minute) and fits(hours, moment.hour) and fits(days, moment.isoweekday() % 7)
    ]


def _by_systemd(calendar: str, times: int) -> list[datetime]:
    """Return when systemd runs a timer in that week."""
    asked = ["systemd-analyze", "calendar", f"--iterations={times}", calendar]
    done = subprocess.run(
        [*asked, "--base-time=2026-11-15 23:59:59 UTC"],
        env={"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.findall(r"(?:elapse|Iter\. #\d+): \w+ (\S+ \S+) UTC", done.stdout)
    return [datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in found]


def test_the_committed_files_are_those_of_the_definition() -> None:
    for name, text in files().items():
        assert (HERE / name).read_text() == text, f"ops/schedule/{name} is stale: make generate"
    assert {path.name for path in (HERE / "systemd").iterdir()} | {"crontab"} == {
        Path(name).name for name in files()
    }


@pytest.mark.parametrize("job", JOBS, ids=[job.name for job in JOBS])
def test_systemd_and_cron_run_each_job_at_the_same_times(job: Job, require: Callable[[str], None]) -> None:
    require("systemd-analyze")
    expected = _by_cron(job.cron)

    assert _by_systemd(job.calendar, len(expected)) == expected
    assert expected


def test_the_documents_times_are_kept() -> None:
    runs = {job.name: _by_cron(job.cron) for job in JOBS}
    monday = {name: [f"{moment:%H:%M}" for moment in found if moment < MONDAY + timedelta(days=1)]
              for name, found in runs.items()}  # fmt: skip

    assert monday["backup-full"] == ["02:00"]
    assert sorted(monday["backup-full"] + monday["backup-diff"]) == ["02:00", "08:00", "14:00", "20:00"]
    assert len(runs["backup-prove"]) == 1
    assert len(monday["refresh"]) == 24 * 4
    assert len(monday["refresh-apex"]) == 24 * 12
    kept = re.search(
        r"^repo1-retention-diff=(\d+)$",
        (ROOT / "ops/backup/pgbackrest.conf.template").read_text(),
        re.MULTILINE,
    )
    assert kept
    assert int(kept[1]) == len(runs["backup-full"]) + len(runs["backup-diff"]), "not the backups of 7 days"


def test_the_units_are_valid_and_an_invalid_one_is_told(
    tmp_path: Path, require: Callable[[str], None]
) -> None:
    require("systemd-analyze")
    units = {name: text for name, text in files().items() if name != "crontab"}
    (tmp_path / "systemd").mkdir()
    for name, text in units.items():
        # an account that is there, for systemd-analyze looks it up
        (tmp_path / name).write_text(re.sub(r"^User=.*", "User=root", text, flags=re.MULTILINE))
    broken = tmp_path / "broken.timer"
    broken.write_text("[Timer]\nOnCalendar=*-*-* 25:00:00 UTC\nPersistent=perhaps\n")

    good = _verified(sorted((tmp_path / "systemd").iterdir()))
    bad = _verified([broken])

    assert (good.returncode, good.stderr) == (0, "")
    assert "Failed to parse calendar specification" in bad.stderr


def _verified(units: list[Path]) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", *units]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_job_runs_a_module_there_is_and_arguments_it_takes() -> None:
    for job in JOBS:
        module, *arguments = job.run
        assert importlib.util.find_spec(module), job.name
        command = [sys.executable, "-m", module, *arguments, "--help"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_jobs_that_share_a_lock_share_the_account_that_owns_it() -> None:
    accounts: dict[str, set[str]] = {}
    for job in JOBS:
        accounts.setdefault(job.lock, set()).add(job.user)

    assert all(len(users) == 1 for users in accounts.values()), accounts


@pytest.fixture
def checkout(tmp_path: Path, require: Callable[[str], None]) -> Iterator[Path]:
    """A folder with a runner that notes when it begins and ends, and waits in between to be let through."""
    require("flock")
    folder = tmp_path / "a checkout"
    folder.mkdir()
    (folder / "runner").mkdir()
    (folder / "runner" / "__main__.py").write_text(GATE)
    (folder / ".venv" / "bin").mkdir(parents=True)
    (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (folder / "log").touch()
    os.mkfifo(folder / "gate")
    yield folder


def _commands(checkout: Path, job: str) -> dict[str, list[str]]:
    """Return how systemd and cron start a job."""
    made = files(str(checkout), locks=str(checkout))
    service = re.search(r"^ExecStart=(.*)$", made[f"systemd/footing-{job}.service"], re.MULTILINE)
    prepare = re.search(r"^PREPARE=(.*)$", made["crontab"], re.MULTILINE)
    line = re.search(rf"^[\d,]+ .* \w+ (eval .* -m runner {job})$", made["crontab"], re.MULTILINE)
    assert service
    assert prepare
    assert line
    return {
        "systemd": shlex.split(service[1]),
        "cron": ["env", f"PREPARE={prepare[1]}", "/bin/sh", "-c", line[1]],
    }


def _log(checkout: Path) -> list[str]:
    return (checkout / "log").read_text().splitlines()


def _let_through(checkout: Path) -> None:
    (checkout / "gate").write_text("go")


def test_a_job_that_comes_soon_again_is_left_out_while_it_runs(checkout: Path) -> None:
    commands = _commands(checkout, "maintain")
    first = subprocess.Popen(commands["systemd"], cwd=checkout)
    wait_until(lambda: _log(checkout) == ["maintain begins"], 10, "it did not begin")

    second = subprocess.run(commands["cron"], cwd="/", check=False, timeout=20)

    assert second.returncode == 0
    assert _log(checkout) == ["maintain begins"]
    _let_through(checkout)
    assert first.wait(10) == 0
    assert _log(checkout) == ["maintain begins", "maintain ends"]


def test_a_job_that_must_not_be_left_out_waits_for_the_other(checkout: Path) -> None:
    commands = _commands(checkout, "refresh")
    first = subprocess.Popen(commands["cron"], cwd="/")
    wait_until(lambda: len(_log(checkout)) == 1, 10, "it did not begin")
    second = subprocess.Popen(commands["systemd"], cwd=checkout)

    _let_through(checkout)
    assert first.wait(10) == 0
    wait_until(lambda: len(_log(checkout)) == 3, 10, lambda: str(_log(checkout)))
    _let_through(checkout)

    assert second.wait(10) == 0
    assert _log(checkout) == ["refresh begins", "refresh ends"] * 2

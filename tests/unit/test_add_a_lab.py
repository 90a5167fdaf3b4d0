"""docs/how-to/add-a-lab.md, followed word by word in a clone of this checkout."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from host.paths import ROOT
from tests.support import labfiles
from tests.support.checkout import Checkout

PAGE = (ROOT / "docs/how-to/add-a-lab.md").read_text("utf-8")
FILES = re.findall(r"^File `(\S+)`:\n\n```\w+\n(.*?)^```$", PAGE, re.M | re.S)
COMMANDS = re.findall(r"^```bash\n(.*?)^```$", PAGE, re.M | re.S)
FOLDER = "labfiles/4/4.1.6"
LAB = (".venv/bin/python", "-m", "lab")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """This checkout with the files of the page."""
    place = tmp_path_factory.mktemp("add-a-lab") / "checkout"
    copy = Checkout(place)
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    (place / ".venv").symlink_to(ROOT / ".venv")
    for name, text in FILES:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, "utf-8")
    return copy


@pytest.fixture
def home(tmp_path: pathlib.Path, checkout: Checkout) -> pathlib.Path:
    """An empty home of a Chinese student."""
    checkout.environ |= {"HOME": str(tmp_path), "LANG": "zh_CN.UTF-8"}
    return tmp_path


def test_page_makes_a_whole_lab() -> None:
    """Each kind of file is there."""
    made = {name.removeprefix(f"{FOLDER}/") for name, _ in FILES}
    assert made == {
        "lab.toml",
        "guide.md",
        "check.py",
        "examples/exit_code.py",
        "starter/codes.py",
        "solution/codes.py",
    }
    assert len(COMMANDS) == 2


def test_commands_work(checkout: Checkout, home: pathlib.Path) -> None:
    """Up to the solution that passes."""
    done = checkout.run("bash", "-ec", COMMANDS[0])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "子进程的退出码是 7" in done.stdout
    assert "全部通过" in done.stdout


def test_checks_of_the_tree_accept_it(checkout: Checkout, home: pathlib.Path) -> None:
    """Without a list to be extended."""
    done = checkout.run("bash", "-ec", COMMANDS[1])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout


def test_starter_fails(checkout: Checkout, home: pathlib.Path) -> None:
    """As it has to."""
    assert checkout.run(*LAB, "start", "4.1.6").returncode == 0
    done = checkout.run(*LAB, "check", "4.1.6")
    assert done.returncode == 1, done.stdout + done.stderr


def test_mistakes_are_told(checkout: Checkout, home: pathlib.Path) -> None:
    """Each by its own message."""
    exercise = labfiles.load(checkout.root / FOLDER).exercise
    assert exercise
    for variant in exercise.variants:
        program = home / "labs/4.1.6/work/codes.py"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(variant.apply(exercise.solved())["codes.py"], "utf-8")
        done = checkout.run(*LAB, "check", "4.1.6")
        assert done.returncode == 1
        assert re.search(variant.message, done.stdout), done.stdout

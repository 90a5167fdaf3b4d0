"""docs/how-to/add-a-lab.md, followed word by word in a clone of this checkout."""

from __future__ import annotations

import pathlib
import re
import subprocess

import pytest

from host.paths import ROOT
from tests.support.checkout import Checkout

pytestmark = pytest.mark.slow
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


def test_the_lab_is_proven(checkout: Checkout, home: pathlib.Path) -> None:
    """Without a list to be extended: its files, its example, starter, solution and both mistakes."""
    done = checkout.run("bash", "-ec", COMMANDS[1])
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("starter_fails", "solution_passes", "forgotten-join", "fixed-answer", "exit-code"):
        assert re.search(rf"{name}.* PASSED", done.stdout), done.stdout


def test_a_lab_that_proves_nothing_is_refused(checkout: Checkout, home: pathlib.Path) -> None:
    """A starter that is solved already, and a mistake that nobody tells of."""
    starter = checkout.root / FOLDER / "starter/codes.py"
    metadata = checkout.root / FOLDER / "lab.toml"
    before = {path: path.read_text("utf-8") for path in (starter, metadata)}
    solution = (checkout.root / FOLDER / "solution/codes.py").read_text("utf-8")
    starter.write_text(f"{solution}# TODO\n", "utf-8")
    metadata.write_text(before[metadata].replace('message = "命令行"', 'message = "别的"'), "utf-8")
    try:
        done = checkout.run("bash", "-ec", COMMANDS[1])
    finally:
        for path, text in before.items():
            path.write_text(text, "utf-8")
    assert done.returncode != 0
    failed = set(re.findall(r"^FAILED \S+::(\S+?)\[", done.stdout, re.M))
    assert failed == {"test_starter_fails", "test_mistake_is_told"}, done.stdout


@pytest.mark.parametrize(("lab", "said"), [("4.1.99", "there is no lab '4.1.99'"), ("1.2", "seat")])
def test_a_lab_that_cannot_be_proven_here_is_told(checkout: Checkout, lab: str, said: str) -> None:
    """One that is not there, and one that only a seat can prove; nothing counts as proven."""
    done = checkout.run("make", "check-lab", f"LAB={lab}")
    assert done.returncode != 0
    assert said in done.stderr, done.stdout + done.stderr

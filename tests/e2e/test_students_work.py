"""No provisioning touches what a student did, also when it brings a new version of a lab."""

from __future__ import annotations

import pathlib
import shutil
from collections.abc import Iterator

import pytest

from host.paths import ROOT
from tests.machine import expected
from tests.support import labfiles
from tests.support.machine import Machine, Run

# Not part of the playbook's work, and large.
LEFT_OUT = (".git", ".venv", ".vagrant", "__pycache__", ".mypy_cache", ".ruff_cache")
EXAMPLES = [example for example in labfiles.examples() if example.path.suffix == ".py"]
MINE = "# 我的修改\n"
NEW = "# 新的版本\n"


def copy_of(example: labfiles.Example) -> str:
    """The student's copy of an example."""
    return f"{expected.LABS}/{example.lab}/examples/{example.path.name}"


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    """Files of four kinds, by what the student does with them."""
    first, second, third, fourth = EXAMPLES[:4]
    return {
        "changed": copy_of(first),
        "deleted": copy_of(second),
        "untouched": copy_of(third),
        "changed, and new in the next version": copy_of(fourth),
        "added": f"{expected.LABS}/{first.lab}/笔记.txt",
    }


@pytest.fixture(scope="module")
def next_version(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkout in which two of these files are newer."""
    tree = tmp_path_factory.mktemp("next") / "tree"
    ignore = shutil.ignore_patterns(*LEFT_OUT, "seats", "log")
    shutil.copytree(ROOT, tree, ignore=ignore, symlinks=True)
    for example in EXAMPLES[2:4]:
        path = tree / example.path.relative_to(ROOT)
        path.write_text(path.read_text("utf-8") + NEW, "utf-8")
    return tree


@pytest.fixture(scope="module")
def after(machine: Machine, files: dict[str, str], next_version: pathlib.Path) -> Run:
    """A student works, and the next version is provisioned."""
    first = machine.provision()
    assert first.rc == 0, first.output[-5000:]
    for kind in ("changed", "changed, and new in the next version"):
        machine.student(f"echo {MINE.strip()!r} >> {files[kind]}")
    machine.student(f"echo 记下 > {files['added']}")
    machine.student(f"rm {files['deleted']}")
    return machine.provision(tree=next_version)


@pytest.fixture(scope="module", autouse=True)
def _as_before(machine: Machine, after: Run) -> Iterator[None]:
    """Leaves the machine with this checkout's version."""
    yield
    machine.out(f"rm -r {expected.LABS} {expected.HOME}/.local/state/coursebox")
    assert machine.provision().rc == 0


def test_run_completes(after: Run) -> None:
    """A student's file in the way is no error."""
    assert after.rc == 0, after.output[-5000:]


@pytest.mark.parametrize("kind", ["changed", "changed, and new in the next version"])
def test_changed_file_is_kept(machine: Machine, files: dict[str, str], kind: str) -> None:
    """The student's version stays where it is."""
    text = machine.student(f"cat {files[kind]}")
    assert (text.endswith(MINE.strip()), NEW.strip() in text) == (True, False)


def test_added_file_is_kept(machine: Machine, files: dict[str, str]) -> None:
    """Notes are nobody else's business."""
    assert machine.student(f"cat {files['added']}") == "记下"


def test_deleted_file_stays_deleted(machine: Machine, files: dict[str, str]) -> None:
    """A student who cleans up does not find it all again."""
    assert machine.run(f"test -e {files['deleted']}").returncode != 0


def test_untouched_file_is_updated(machine: Machine, files: dict[str, str]) -> None:
    """Corrections reach everybody who has not started."""
    assert machine.student(f"tail -n 1 {files['untouched']}") == NEW.strip()


def test_new_version_lies_beside_the_changed_file(machine: Machine, files: dict[str, str]) -> None:
    """The student can look at it and decide."""
    path = files["changed, and new in the next version"]
    assert machine.student(f"tail -n 1 {path}.new") == NEW.strip()


def test_nothing_lies_beside_a_file_that_is_not_newer(
    machine: Machine, files: dict[str, str]
) -> None:
    """Only news are shown as news."""
    assert machine.run(f"test -e {files['changed']}.new").returncode != 0


def test_all_of_it_belongs_to_the_student(machine: Machine) -> None:
    """Whatever provisioning laid there as root."""
    assert machine.out(f"find {expected.LABS} ! -user {expected.USER}") == ""

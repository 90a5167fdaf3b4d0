"""pip as the course uses it, on a Python that its distribution manages."""

from __future__ import annotations

import json
import re

import pytest
from testinfra.host import Host

from host.paths import ROOT


def names(path: str) -> set[str]:
    """Packages of a requirements file."""
    return set(re.findall(r"^([A-Za-z0-9._-]+)\s*==", (ROOT / path).read_text("utf-8"), re.M))


def installed(host: Host, python: str = "pip3") -> set[str]:
    """What `pip3 list` shows."""
    return {
        entry["name"].lower()
        for entry in json.loads(
            host.check_output(f"{python} list --format=json --disable-pip-version-check")
        )
    }


@pytest.mark.core
def test_marker_of_the_distribution_stays(student: Host) -> None:
    """Never deleted: pip's own configuration allows what the course needs."""
    path = student.check_output(
        "python3 -c 'import sysconfig; print(sysconfig.get_path(\"stdlib\"))'"
    )
    assert student.file(f"{path}/EXTERNALLY-MANAGED").is_file


def test_libraries_of_lab_stay_out_of_the_students_python(student: Host) -> None:
    """`pip3 list` shows the student's packages, not ours."""
    assert not {name.lower() for name in names("requirements/lab.txt")} & installed(student)


def test_virtual_environment_works(student: Host, scratch: str) -> None:
    """pip in it installs from the machine's own wheels as well."""
    student.check_output("python3 -m venv %s/venv", scratch)
    student.check_output("%s/venv/bin/pip install --no-input pypinyin", scratch)
    assert "pypinyin" in installed(student, f"{scratch}/venv/bin/pip")

"""The file of the vault's own password: what Ansible means by its name, or one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from classroom import passwords
from classroom.passwords import VaultError
from host.paths import ROOT

VARIABLE = "ANSIBLE_VAULT_PASSWORD_FILE"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, and a class folder beside it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    (tmp_path / "class").mkdir()
    return tmp_path / "home"


def test_a_tilde_is_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no folder of that name appears."""
    monkeypatch.setenv(VARIABLE, "~/key")
    made = passwords.ensure(Path("class"), ["1"])
    assert (home / "key").read_text("utf-8").strip()
    assert not Path("~").exists()
    assert passwords.load(Path("class")) == made


def test_a_program_prints_the_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Ansible has it: who changes the program's text keeps the vault."""
    program = home / "key"
    program.write_text("#!/bin/sh\necho secret\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(VARIABLE, str(program))
    made = passwords.ensure(Path("class"), ["1"])
    program.write_text("#!/bin/sh\n# another text\necho secret\n", encoding="utf-8")
    assert passwords.load(Path("class")) == made
    plain = home / "plain"
    plain.write_text("secret\n", encoding="utf-8")
    monkeypatch.setenv(VARIABLE, str(plain))
    assert passwords.load(Path("class")) == made


@pytest.mark.bad_input
@pytest.mark.parametrize("kind", ["folder", "empty", "blank", "failing", "silent", "no program"])
def test_what_holds_no_password_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """In one line with the file, and nothing is written."""
    key = home / "key"
    if kind == "folder":
        key.mkdir()
    else:
        texts = {"blank": " \n", "failing": "#!/bin/sh\nexit 3\n", "silent": "#!/bin/sh\n"}
        key.write_text(texts.get(kind, "" if kind == "empty" else "secret\n"), encoding="utf-8")
        key.chmod(0o644 if kind in ("empty", "blank") else 0o755)
    monkeypatch.setenv(VARIABLE, str(key))
    with pytest.raises(VaultError, match=str(key)) as caught:
        passwords.ensure(Path("class"), ["1"])
    assert len(str(caught.value).splitlines()) == 1
    assert not list(Path("class").iterdir())


@pytest.mark.bad_input
def test_a_home_that_nobody_has_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another account's tilde that does not exist."""
    monkeypatch.setenv(VARIABLE, "~nobody-of-that-name/key")
    with pytest.raises(VaultError, match="nobody-of-that-name"):
        passwords.key_file()


@pytest.mark.slow
def test_what_stands_in_the_roster_is_no_template(tmp_path: Path) -> None:
    """Whatever Ansible does with text: a name with braces stays a name, also where variables are read."""
    (tmp_path / "roster.csv").write_text(
        "学号,姓名,班级,座位\n1,{{ 7*7 }},{{ 6*6 }},seat01\n", encoding="utf-8"
    )
    shown = tmp_path / "shown"
    task = {
        "copy": {
            "content": "{{ class_student.name }} {{ class_student.group }}",
            "dest": str(shown),
        }
    }
    play = [{"hosts": "seats", "gather_facts": False, "connection": "local", "tasks": [task]}]
    (tmp_path / "play.json").write_text(json.dumps(play), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(tmp_path / "roster.csv")]
    environ = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [*command, str(tmp_path / "play.json")],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert shown.read_text("utf-8") == "{{ 7*7 }} {{ 6*6 }}"

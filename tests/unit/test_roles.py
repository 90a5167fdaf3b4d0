"""House rules of the roles, for every role found in the tree."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from host.paths import ROOT
from plugins import state

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
STATED = [role for role in ROLES if role.name != "preflight"]
REFERENCE = (ROOT / "docs/reference/roles.md").read_text(encoding="utf-8")
SITE = (ROOT / "playbooks/site.yml").read_text(encoding="utf-8")
MOST_LINES = 120
TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}

each_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    """Return what a YAML file holds."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def tasks(role: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return each task of a role with its file's name."""
    return [
        (str(path.relative_to(ROOT)), task)
        for folder in ("tasks", "handlers")
        for path in sorted((role / folder).glob("*.yml"))
        for task in load(path) or []
    ]


@each_role
def test_defaults_and_argument_specs_agree(role: Path) -> None:
    """A variable stands in both, and its default has the type that the specs say."""
    defaults = load(role / "defaults/main.yml")
    options = load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert list(defaults) == list(options)
    for name, value in defaults.items():
        computed = isinstance(value, str) and value.startswith("{{")
        assert computed or isinstance(value, TYPES[options[name]["type"]]), name
        assert options[name]["description"], name


@each_role
def test_each_variable_carries_the_roles_name_and_a_comment(role: Path) -> None:
    """defaults/main.yml is the whole public interface, and explains itself."""
    lines = (role / "defaults/main.yml").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\w+:", line):
            assert line.startswith(f"{role.name}_"), line
            assert lines[number - 1].startswith("# "), line


@each_role
def test_the_reference_names_each_variable(role: Path) -> None:
    """docs/reference/roles.md cannot forget one."""
    for name in load(role / "defaults/main.yml"):
        assert f"| `{name}` |" in REFERENCE, name


@each_role
def test_tasks_are_named_by_what_they_do_and_modules_by_their_full_name(role: Path) -> None:
    """A task is an imperative sentence; a module says where it comes from."""
    for path, task in tasks(role):
        assert task["name"][0].isupper(), f"{path}: {task}"
        assert any(key.startswith(("ansible.builtin.", "course_")) for key in task), (
            f"{path}: {task['name']}"
        )


@each_role
def test_task_files_stay_short(role: Path) -> None:
    """Nobody reads a task file of several screens."""
    for path in role.glob("tasks/*.yml"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path


@each_role
def test_no_error_is_swallowed(role: Path) -> None:
    """ignore_errors hides; `failed_when: false` is for a task whose result the next one judges."""
    listed = [*tasks(role), ("", {"name": ""})]
    for (path, task), (_, following) in itertools.pairwise(listed):
        assert "ignore_errors" not in task, f"{path}: {task['name']}"
        if task.get("failed_when") is False:
            assert task["register"] in str(following), f"{path}: {task['name']}"


def state_of(role: Path) -> str:
    """The text in which a role says its state, without its comments."""
    text = (role / "templates/state.sh.j2").read_text(encoding="utf-8")
    return re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("role", STATED, ids=lambda role: role.name)
def test_each_role_is_played(role: Path) -> None:
    """The playbook says the order by importing them; a task of theirs would run on seats that are as they should be."""
    assert f"name: Know {role.name}, ansible.builtin.import_role: {{ name: {role.name}," in SITE
    assert not tasks(role)


@pytest.mark.parametrize("role", STATED, ids=lambda role: role.name)
def test_each_template_is_a_file_of_the_state(role: Path) -> None:
    """Where a template goes is where it stands; one that no state names would never reach a seat."""
    stand = {
        "/" + str(path.relative_to(role / "templates")).removesuffix(".j2")
        for path in (role / "templates").rglob("*.j2")
        if path.name != "state.sh.j2"
    }
    named = set(re.findall(r"\bfile\('([^']+)'(?!.*\bsrc=)", state_of(role)))
    assert named == stand


@pytest.mark.parametrize("role", STATED, ids=lambda role: role.name)
def test_each_state_is_a_pair(role: Path) -> None:
    """What is tested is mended, and nothing is mended that is not tested."""
    text = state_of(role)
    for path in role.glob("files/*.sh"):
        text += path.read_text(encoding="utf-8")
    stated = set(re.findall(r"\bstate (\w+)", text))
    for half in ("test", "mend"):
        assert set(re.findall(rf"^(\w+)_{half}\(\)", text, re.MULTILINE)) == stated


def program(role: str, **values: Any) -> str:
    """The program that mends a role, or tests all, for values that reach each of its parts."""
    known: dict[str, Any] = {"ansible_managed": "x", "ansible_connection": "ssh"}
    for folder in ROLES:
        known |= load(folder / "defaults/main.yml")
    known["release"] = {
        "digest": "x",
        "chapters": [],
        "archive": __file__,
        "wheels": [{"path": __file__, "sha256": "x"}],
    }
    known |= {
        "ca_certificates_files": [__file__],
        "preflight_suites": ["bookworm"],
        "servers_enabled": ["7.3"],
        "users_owner": "20260001",
    }
    if role:
        return state.mending(role, known | values)[-1].decode()
    return state.testing([role.name for role in STATED], known | values, check=False)


# What values alone make of a line: constants, loops of one, quotes within quotes; and what is left to the shell.
IGNORED = "SC1007,SC1091,SC2034,SC2043,SC2086,SC2140,SC2154,SC2157,SC2194,SC2254"


@pytest.mark.parametrize("role", ["", *(role.name for role in STATED)])
@pytest.mark.parametrize("values", [{}, {"users_owner": "", "users_password_update": "always"}])
def test_each_program_is_one(role: str, values: dict[str, str]) -> None:
    """The one that tests all roles, and each that mends one: as shellcheck judges it, for the shell that seats have."""
    shellcheck = str(Path(sys.executable).parent / "shellcheck")
    done = subprocess.run(
        [shellcheck, "--shell=sh", "--severity=warning", f"--exclude={IGNORED}", "-"],
        input=program(role, **values), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_no_password_is_in_the_probe() -> None:
    """It is an argument on the seat, which every process there may read."""
    assert "Geheim" in program("users", users_password="Geheim")
    assert "Geheim" not in program("", users_password="Geheim")


def test_the_probe_renders_templates_as_ansible_does(tmp_path: Path) -> None:
    """Else a file would differ for ever from what the probe wants."""
    values: dict[str, Any] = {}
    for role in ROLES:
        values |= load(role / "defaults/main.yml")
    values |= {
        "packages_proxy": "http://192.0.2.1:3142",
        "python_index": "http://192.0.2.1/simple",
        "release": {"chapters": [{"id": "1", "title": "甲"}, {"id": "2", "title": "乙 & 丙"}]},
    }
    given = {name: value for name, value in values.items() if "{{" not in str(value)}
    names = [
        str(path.relative_to(ROOT / "roles"))
        for path in sorted((ROOT / "roles").glob("*/templates/**/*.j2"))
        if path.name not in ("state.sh.j2", "program.sh.j2")
    ]
    compared = [
        {
            "path": str(ROOT / "roles" / name),
            "sum": digest(name, {**given, "ansible_managed": "Ansible managed"}),
        }
        for name in names
    ]
    that = "(lookup('ansible.builtin.template', item.path) | hash('sha256')) == item.sum"
    task = {"ansible.builtin.assert": {"that": that, "quiet": True}, "loop": compared}
    play = {"hosts": "localhost", "gather_facts": False, "vars": given, "tasks": [task]}
    playbook = tmp_path / "compare.yml"
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", "localhost,", playbook],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert len(names) > 8
    assert done.returncode == 0, done.stdout


def digest(name: str, values: dict[str, Any]) -> str:
    """Return the sum of a template as the probe renders it."""
    return hashlib.sha256(state.rendered(name, values).encode()).hexdigest()


PROGRAM = (ROOT / "roles/preflight/templates/program.sh.j2").read_text(encoding="utf-8")
# What stands in a program without being quoted: whole programs, and what the templates count themselves.
BARE = re.compile(
    r"(file|part|sent)\(.*\)|'[a-z_]+/files/[a-z-]+\.sh' \| file_of_role|.* \| length|600 if mending else 60"
)
QUOTED = re.compile(r".*\| quote|.*\| map\('quote'\) \| join\(' '\)")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_each_value_in_a_probe_is_quoted(role: Path) -> None:
    """By Ansible's filter, and never within quotes of the program's own, where it would undo them."""
    text = state_of(role) if role in STATED else PROGRAM
    for match in re.finditer(r"\{\{ (.*?) \}\}", text):
        assert BARE.fullmatch(match[1]) or QUOTED.fullmatch(match[1]), match[0]
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        before = re.sub(r"\{[{%].*?[}%]\}", "", line)
        assert not any(before.count(quote) % 2 for quote in "\"'"), line + match[0]


@pytest.mark.parametrize("letter", ["'", '"', ""], ids=["single", "double", "none"])
def test_no_value_is_run_by_a_probe(tmp_path: Path, letter: str) -> None:
    """Every text and list of texts of every role at once; what the program calls is not found, so it changes nothing here."""
    mark = tmp_path / "run"
    hostile = f"{letter}; : > {mark}; $(: > {mark}) `: > {mark}` {letter}\nEND\n: > {mark}\n"
    values: dict[str, Any] = {"ansible_managed": "x", "ansible_connection": "ssh"}
    for role in ROLES:
        values |= load(role / "defaults/main.yml")
    for name, option in state.OPTIONS.items():
        if "choices" not in option and option["type"] in ("str", "list"):
            values[name] = hostile if option["type"] == "str" else [hostile]
    # These are the controller's own.
    values |= {
        "ca_certificates_files": [],
        "release": {"digest": "x", "wheels": [], "chapters": []},
    }
    program = state.testing([role.name for role in STATED], values, check=True)
    program, replaced = re.subn(r"PATH=/usr/local/sbin\S+", "PATH=/nonexistent", program)
    assert replaced == 1
    # The account stands, so that what is asked of it is tried as well.
    account = 'getent() { echo "x:x:1000:1000::$home:/bin/bash"; }\ndate() { echo 0; }\n'
    done = subprocess.run(
        ["/bin/sh"],
        input=account + program,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "refuse " in done.stdout
    assert not mark.exists()

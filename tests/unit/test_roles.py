"""House rules of the roles, for every role found in the tree."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from host.paths import ROOT
from plugins.action import course_probe

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
PROBED = [role for role in ROLES if role.name != "preflight"]
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
    listed = tasks(role)
    for (path, task), (_, following) in zip(listed, [*listed[1:], ("", {})], strict=True):
        assert "ignore_errors" not in task, f"{path}: {task['name']}"
        if task.get("failed_when") is False:
            assert task["register"] in str(following), f"{path}: {task['name']}"


@pytest.mark.parametrize("role", PROBED, ids=lambda role: role.name)
def test_each_role_is_probed_and_played(role: Path) -> None:
    """A role without a probe would never run; one that the playbook forgets would not either."""
    probe = (role / "templates/probe.sh.j2").read_text(encoding="utf-8")
    assert re.search(rf"\b(same|due) {role.name}\b|placed\('{role.name}'", probe)
    assert f"name: {role.name}, tasks_from: interface" in SITE
    known = load(ROOT / "roles/preflight/tasks/main.yml")[0]["course_probe"]
    assert role.name in known["roles"]
    assert (role.name in known["slow"]) == (role / "tasks/finish.yml").exists()


def test_templates_mirror_their_target() -> None:
    """Where a template goes is where it stands."""
    for role in ROLES:
        for path, task in tasks(role):
            template = task.get("ansible.builtin.template")
            if template:
                target = re.sub(r"\.j2$", "", template["src"])
                assert template["dest"] == f"/{target}", f"{path}: {task['name']}"


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
        if path.name != "probe.sh.j2"
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
    return hashlib.sha256(course_probe.rendered(name, values).encode()).hexdigest()


# What stands in a probe without being quoted: whole programs, and what the templates count themselves.
BARE = re.compile(
    r"placed\(.*\)|part\(role\)|'packages/files/sources\.sh' \| file_of_role|.* \| length"
)
QUOTED = re.compile(r".*\| quote|.*\| map\('quote'\) \| join\(' '\)")


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
def test_each_value_in_a_probe_is_quoted(role: Path) -> None:
    """By Ansible's filter, and never within quotes of the program's own, where it would undo them."""
    text = (role / "templates/probe.sh.j2").read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
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
    for name, option in course_probe.OPTIONS.items():
        if "choices" not in option and option["type"] in ("str", "list"):
            values[name] = hostile if option["type"] == "str" else [hostile]
    # These are the controller's own.
    values |= {"trust_certificates": [], "release": {"digest": "x", "wheels": [], "chapters": []}}
    program = course_probe.probe([role.name for role in PROBED], values, check=True)
    program, replaced = re.subn(r"PATH=/usr/local/sbin\S+", "PATH=/nonexistent", program)
    assert replaced == 1
    # The account stands, so that what is asked of it is tried as well.
    account = 'getent() { echo "x:x:1000:1000::$home:/bin/bash"; }\n'
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

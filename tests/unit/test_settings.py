"""The settings merge, its rules, and that Vagrant's Ruby reader agrees with the host's Python one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from host import settings
from host.errors import HostError
from host.paths import SETTINGS

RULES = json.loads((SETTINGS / "rules.json").read_text(encoding="utf-8"))
STUB = "module Vagrant; module Errors; class VagrantError < StandardError; end; end; end"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of settings/ without a local override."""
    for name in ("defaults.yml", "rules.json", "settings.rb"):
        shutil.copy(SETTINGS / name, tmp_path / name)
    return tmp_path


def in_ruby(folder: Path, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings as the Vagrantfile does."""
    script = f"{STUB}; require '{folder}/settings'; puts JSON.generate(Coursebox.settings)"
    return subprocess.run(
        ["ruby", "-e", script],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **environ},
    )


def test_defaults_obey_their_own_rules(folder: Path) -> None:
    """Every default has a rule and passes it."""
    assert settings.load({}, folder)["suite"] == "noble"


def test_environment_beats_local_beats_defaults(folder: Path) -> None:
    """The order that the README states."""
    (folder / "local.yml").write_text("suite: trixie\nmemory: 2048  # MiB\n", encoding="utf-8")
    merged = settings.load({"COURSEBOX_SUITE": "bookworm", "HOME": "/root"}, folder)
    assert (merged["suite"], merged["memory"], merged["cpus"]) == ("bookworm", "2048", "2")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("suite", "xenial"),
        ("port_echo", "70000"),
        ("port_echo", "80"),
        ("port_http", "http"),
        ("seats", "0"),
        ("provider", "vbox"),
        ("provisioner", "salt"),
        ("mirror", "ftp://mirror.example"),
        ("box_checksum", "abc"),
        ("users_name", "Student"),
        ("users_name", "root"),
        ("users_name", "1st"),
        ("users_name", "a" * 33),
        ("users_password", ""),
        ("users_password", "a:b"),
        ("users_password", "a\nb"),
        ("system_hostname", "-tedu"),
        ("packages_mirror", "mirror.example"),
    ],
)
def test_a_bad_value_is_named_with_its_cure(folder: Path, key: str, value: str) -> None:
    """The message holds the key, the value and the cure, in Python and in Ruby alike."""
    environ = {f"COURSEBOX_{key.upper()}": value}
    with pytest.raises(HostError) as caught:
        settings.load(environ, folder)
    assert key in str(caught.value)
    assert repr(value) in str(caught.value)
    assert RULES[key]["cure"] in str(caught.value)
    refused = in_ruby(folder, environ)
    assert refused.returncode != 0
    assert RULES[key]["cure"] in refused.stderr


def test_an_unknown_key_suggests_the_nearest(folder: Path) -> None:
    """A mistyped key fails with its name and the key that was meant."""
    (folder / "local.yml").write_text("memroy: 2048\n", encoding="utf-8")
    with pytest.raises(HostError, match=r"memroy.*memory"):
        settings.load({}, folder)
    assert "memroy" in in_ruby(folder, {}).stderr


@pytest.mark.parametrize("line", ["suite", "  suite: noble", "- noble", 'suite: "noble', "a b: c"])
def test_a_line_of_another_form_is_named(folder: Path, line: str) -> None:
    """File and line number stand in the message."""
    (folder / "local.yml").write_text(f"# mine\n{line}\n", encoding="utf-8")
    with pytest.raises(HostError, match=r"local\.yml 第 2 行"):
        settings.load({}, folder)


def test_two_ports_that_meet_are_named(folder: Path) -> None:
    """Seat 2's echo port may not be seat 1's http port."""
    environ = {"COURSEBOX_SEATS": "2", "COURSEBOX_PORT_HTTP": "8889"}
    with pytest.raises(HostError, match=r"8889"):
        settings.load(environ, folder)


@pytest.mark.parametrize(
    "text",
    ["suite: 'trixie'\n", 'mirror: "http://10.0.0.1/debian" # LAN\n', "\ufeffseats: 3\r\n", ""],
)
def test_ruby_reads_what_python_reads(folder: Path, text: str) -> None:
    """One file, two readers, one result."""
    (folder / "local.yml").write_text(text, encoding="utf-8")
    environ = {"COURSEBOX_CPUS": "4"}
    result = in_ruby(folder, environ)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == settings.load(environ, folder)

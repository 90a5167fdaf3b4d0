"""What the host sends to a machine that provisions itself, and where it is decided that it does."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from host import provision
from host.paths import ROOT, SETTINGS

STUB = """
module Vagrant
  module Errors; class VagrantError < StandardError; end; end
  module Util; module Platform; def self.windows?; ARGV.first == "windows"; end; end; end
end
"""


def ruby(script: str, *arguments: str) -> str:
    """What a Ruby program prints."""
    done = subprocess.run(
        ["ruby", "-e", STUB + script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of what is sent, with things of the host's own in it."""
    place = tmp_path / "checkout"
    for name in ("classroom", "host", "lab", "labfiles", "playbooks", "plugins", "roles"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements", "settings"):
        shutil.copytree(ROOT / name, place / name)
    shutil.copy(ROOT / "ansible.cfg", place)
    return place


def packed(checkout: Path, target: Path) -> set[str]:
    """Unpack what the Vagrantfile would send of a checkout; return the names."""
    script = "require ARGV[0]; IO.copy_stream(Coursebox.pack(ARGV[1]), ARGV[2])"
    archive = target.with_suffix(".tar")
    ruby(script, str(ROOT / "host/on_seat/pack"), str(checkout), str(archive))
    with tarfile.open(archive) as tar:
        # Python before 3.11.4 has none, and takes no such argument.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        tar.extractall(target)
        return set(tar.getnames())


def test_the_host_tool_sends_the_same(checkout: Path, tmp_path: Path) -> None:
    """Where there is no Vagrant: name by name, byte by byte, with the same rights."""
    (checkout / "lab/__pycache__").mkdir(exist_ok=True)
    (checkout / "lab/__pycache__/x.pyc").write_bytes(b"stale")
    (checkout / "roles/windows.txt").write_bytes(b"one\r\ntwo\r\n")
    archives = {}
    packed(checkout, tmp_path / "ruby")
    (tmp_path / "python.tar").write_bytes(provision.pack(checkout))
    for name in ("ruby", "python"):
        with tarfile.open(tmp_path / f"{name}.tar") as tar:
            archives[name] = {
                member.name: (member.mode, file.read())
                for member in tar
                if (file := tar.extractfile(member)) is not None
            }
    assert archives["ruby"]
    assert archives["python"] == archives["ruby"]


def test_what_is_sent_arrives_as_it_is(checkout: Path, tmp_path: Path) -> None:
    """Every byte and every right to execute, so that a release has the same name wherever it is built."""
    program = checkout / "labfiles/1/1.2/examples/machine.py"
    program.chmod(0o755)
    sent = packed(checkout, tmp_path / "arrived")
    for folder in ("lab", "labfiles", "roles", "plugins", "playbooks", "classroom", "requirements"):
        files = [path for path in (checkout / folder).rglob("*") if path.is_file()]
        assert files
        for path in files:
            name = str(path.relative_to(checkout))
            arrived = tmp_path / "arrived" / name
            assert arrived.read_bytes() == path.read_bytes()
            assert arrived.stat().st_mode & 0o111 == path.stat().st_mode & 0o111
    assert {"ansible.cfg", "settings/rules.json", "settings/suites.json"} <= sent
    assert "labfiles/.shellcheckrc" in sent


def test_plugins_find_what_they_import(checkout: Path, tmp_path: Path) -> None:
    """On a machine that has nothing but what was sent."""
    packed(checkout, tmp_path / "guest")
    script = (
        "import importlib, pathlib\n"
        "for path in pathlib.Path('plugins').rglob('*.py'):\n"
        "    importlib.import_module('.'.join(path.with_suffix('').parts))\n"
    )
    done = subprocess.run(
        [sys.executable, "-E", "-c", script],
        cwd=tmp_path / "guest",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_the_hosts_own_is_not_sent(checkout: Path, tmp_path: Path) -> None:
    """No choices with a password in them, no compiled files, no class."""
    (checkout / "settings/local.yml").write_text("users_password: secret\n", encoding="utf-8")
    (checkout / "lab/__pycache__").mkdir(exist_ok=True)
    (checkout / "lab/__pycache__/cli.cpython-311.pyc").write_bytes(b"compiled")
    (checkout / "inventories/mine").mkdir(parents=True)
    (checkout / "inventories/mine/roster.csv").write_text("", encoding="utf-8")
    sent = packed(checkout, tmp_path / "arrived")
    assert not [
        name for name in sent if "local.yml" in name or "pyc" in name or "roster.csv" in name
    ]


def test_carriage_returns_stay_behind(checkout: Path, tmp_path: Path) -> None:
    """An editor on Windows may write them; in what is no text they are left alone."""
    (checkout / "labfiles/1/1.2/guide.md").write_bytes("一\r\n二\r\n".encode())
    (checkout / "labfiles/1/1.2/picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\0")
    packed(checkout, tmp_path / "arrived")
    arrived = tmp_path / "arrived/labfiles/1/1.2"
    assert (arrived / "guide.md").read_bytes() == "一\n二\n".encode()
    assert (arrived / "picture.png").read_bytes() == b"\x89PNG\r\n\x1a\n\0"


@pytest.mark.parametrize(
    ("host", "setting", "wanted"),
    [
        ("linux", "auto", "ansible"),
        ("windows", "auto", "ansible_local"),
        ("linux", "ansible_local", "ansible_local"),
        ("windows", "ansible", "ansible"),
    ],
)
def test_where_ansible_runs(host: str, setting: str, wanted: str) -> None:
    """On the host, but for Windows, where it cannot; a setting decides otherwise."""
    script = 'require ARGV[2]; print Coursebox.provisioner("provisioner" => ARGV[1])'
    assert ruby(script, host, setting, str(SETTINGS / "settings")) == wanted

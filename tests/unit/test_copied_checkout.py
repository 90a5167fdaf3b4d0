"""A copied checkout and its original's virtual machines: Vagrant is stopped before it does anything to them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from host import up, vagrant
from host.errors import HostError
from host.paths import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("vagrant") is None, reason="this host's archive has no Vagrant"
    ),
]
VERBS = (("destroy", "--force"), ("halt",), ("reload",), ("provision",), ("up",))
# Says of each machine that it runs, and writes down what it was asked.
VBOXMANAGE = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/asked"
case $1 in
  --version) echo 7.0.10r158379 ;;
  showvminfo) printf 'VMState="running"\\n' ;;
esac
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a VirtualBox that only says that it is there."""
    program = tmp_path / "bin/VBoxManage"
    program.parent.mkdir()
    program.write_text(VBOXMANAGE)
    program.chmod(0o755)
    return tmp_path


def made(root: Path, *names: str) -> Path:
    """A checkout in which Vagrant made virtual machines, as far as it writes that down."""
    passed_over = shutil.ignore_patterns("__pycache__", "local.yml")
    for name in ("host", "lab", "settings"):
        shutil.copytree(ROOT / name, root / name, ignore=passed_over)
    shutil.copy(ROOT / "Vagrantfile", root)
    for name in names:
        folder = root / ".vagrant/machines" / name / "virtualbox"
        folder.mkdir(parents=True)
        (folder / "id").write_text(f"an id of {name}")
        (folder / "vagrant_cwd").write_text(str(root))
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the real Vagrant in a checkout, with a home of its own."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("VAGRANT_", "COURSEBOX_"))}
    environ |= {
        "COURSEBOX_PROVIDER": "virtualbox",
        "PATH": f"{root.parent}/bin:{os.environ['PATH']}",
        "VAGRANT_HOME": str(root.parent / "vagrant-home"),
    }
    return subprocess.run(
        ["vagrant", *arguments], cwd=root, env=environ, capture_output=True, text=True, check=False
    )


def noted(root: Path) -> dict[str, bytes]:
    """What stands under a checkout's .vagrant/machines."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted((root / ".vagrant/machines").rglob("*"))
        if path.is_file()
    }


def in_ruby(root: Path) -> str:
    """What the Vagrantfile's own check says of a checkout, without Vagrant."""
    script = (
        "module Vagrant; module Errors; class VagrantError < StandardError; end; end; end;"
        'require "shellwords"; %w[settings/settings host/place].each { |name| require File.join(ARGV[0], name) };'
        "begin; Coursebox.verify_origin; rescue Coursebox::SettingsError => e; puts e; end"
    )
    done = subprocess.run(
        ["ruby", "-Ku", "-e", script, str(root)], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def in_python(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What `make up` says of the same, before it makes anything."""
    monkeypatch.setattr(vagrant, "ROOT", root)
    try:
        up._provider({"provider": "libvirt", "network": "192.168.121.0/24"})
    except HostError as error:
        return str(error)
    return ""


@pytest.mark.bad_input
def test_vagrant_leaves_the_originals_machines_alone(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one line with both folders and the cure; VirtualBox is not asked for anything, and no note is changed."""
    original = made(place / "original", "seat01", "seat02")
    copy = place / "copy"
    shutil.copytree(original, copy)
    before = noted(original)
    told = in_python(copy, monkeypatch)
    assert f"虚拟机 seat01 seat02 是 {original} 的，没有动它" in told
    with ThreadPoolExecutor() as pool:
        tried = list(pool.map(lambda verb: run(copy, *verb), VERBS))
    for verb, done in zip(VERBS, tried, strict=True):
        assert done.returncode != 0, verb
        assert done.stderr.strip().splitlines()[-1] == told, (verb, done)
    assert not (place / "bin/asked").exists()
    assert noted(original) == noted(copy) == before
    assert vagrant.machines() == {}


def test_the_cure_that_is_named_works(place: Path) -> None:
    """Pasted into a shell; Vagrant then knows of no machine there, and the original's notes stand."""
    original = made(place / "it's", "seat01")
    copy = place / "a copy"
    shutil.copytree(original, copy)
    cure = re.search(r"先运行 (rm -r .+)，再来", in_ruby(copy))
    assert cure
    subprocess.run(["sh", "-c", cure[1]], check=True)
    assert noted(copy) == {}
    assert noted(original) != {}
    done = run(copy, "status")
    assert re.search(r"seat01 +not created \(virtualbox\)", done.stdout), done


@pytest.mark.parametrize("left", ["nothing", "its notes", "another clone", "a link"])
def test_a_moved_checkout_keeps_its_machines(
    place: Path, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    """Whatever stands where it was."""
    old, new = place / "old", place / "new"
    made(old, "seat01").rename(new)
    if left == "its notes":
        shutil.copytree(new / ".vagrant", old / ".vagrant")
    elif left == "another clone":
        made(old)
    elif left == "a link":
        old.symlink_to(new)
    assert in_ruby(new) == ""
    monkeypatch.setattr(vagrant, "ROOT", new)
    assert vagrant.machines() == {"seat01": "virtualbox"}
    vagrant.verify_origin()


def test_vagrant_goes_on_where_a_checkout_was_moved(place: Path) -> None:
    """And notes the new folder."""
    made(place / "old", "seat01").rename(place / "new")
    done = run(place / "new", "halt", "--force")
    assert done.returncode == 0, done
    noted_now = place / "new/.vagrant/machines/seat01/virtualbox/vagrant_cwd"
    assert noted_now.read_text() == str(place / "new")
    assert "controlvm an id of seat01 poweroff" in (place / "bin/asked").read_text()

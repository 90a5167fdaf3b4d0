"""A checkout in a place and a shell that are full of snares comes up, goes on after a move, and hands on what was typed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from host.paths import ROOT
from tests.support.checkout import Checkout
from tests.unit.test_standing import HOSTILE

PASSWORD = "{{ 7*7 }} 012345 密码"


def test_a_checkout_anywhere_in_any_shell(tmp_path: Path) -> None:
    """Blanks, Chinese and shell letters in its path, no exec bits, open to everybody, no home, another locale."""
    checkout = Checkout(tmp_path / "课程 (1) #&;*", suite="trixie")
    for folder, _, files in os.walk(checkout.root):
        Path(folder).chmod(0o777)
        for name in files:
            Path(folder, name).chmod(0o666)
    # Installing one anew costs a minute, and shows nothing.
    (checkout.root / ".venv").symlink_to(ROOT / ".venv")
    checkout.environ |= {**HOSTILE, "LC_ALL": "zh_CN.GBK", "HOME": "/dev/null/home"}
    checkout.environ["ANSIBLE_VAULT_PASSWORD_FILE"] = "/nonexistent"
    try:
        up = checkout.run("make", "up", users_password=PASSWORD)
        assert up.returncode == 0, up.stderr
        answered = checkout.run("make", "ssh", f"CMD=echo $HOME '{PASSWORD}' | tee $HOME/typed")
        assert answered.stdout == f"/home/tarena {PASSWORD}\n"
        asked = checkout.run("make", "ssh", "CMD=cut -d' ' -f2- typed | sudo -S -k id -u")
        assert asked.stdout == "0\n", asked.stderr
        checkout.root = checkout.root.rename(tmp_path / ("移" * 50))
        moved = checkout.run("make", "ssh", "CMD=cat typed")
        assert moved.stdout == f"/home/tarena {PASSWORD}\n", moved.stderr
        again = checkout.run("make", "up", users_password=PASSWORD)
        assert again.returncode == 0, again.stderr
    finally:
        down = checkout.run("make", "down", "YES=1")
    assert down.returncode == 0, down.stderr


@pytest.mark.parametrize(
    "line", ["packages_mirror: http://x/$(id)", "suite: noble\nsuite: noble", "seats:1"]
)
def test_vagrant_says_the_same_of_a_settings_file(tmp_path: Path, line: str) -> None:
    """The other door reads by the same rules."""
    checkout = Checkout(tmp_path / "coursebox")
    (checkout.root / "settings/local.yml").write_text(f"{line}\n", encoding="utf-8")
    for command in (("vagrant", "status"), ("make", "up")):
        refused = checkout.run(*command)
        assert refused.returncode != 0
        assert any(word in refused.stderr for word in ("packages_mirror 的值", "local.yml 第 "))
    assert not (checkout.root / "build").exists()

"""Whatever was broken on a provisioned machine, the next provisioning finds and repairs."""

from __future__ import annotations

import dataclasses

import pytest

from tests.e2e.machine import Machine


@dataclasses.dataclass(frozen=True)
class Damage:
    """Something that goes wrong on a machine, and how to see that it is right."""

    name: str
    breaks: str
    whole: str


DAMAGES = [
    Damage(
        "package removed",
        "DEBIAN_FRONTEND=noninteractive apt-get purge -y tree",
        "command -v tree",
    ),
    Damage(
        "package half removed",
        "dpkg --remove --force-depends lsof",
        "dpkg-query -W -f='${db:Status-Abbrev}' lsof | grep -q ^ii",
    ),
    Damage("command deleted", "rm /usr/local/bin/lab", "runuser -u tarena -- lab list"),
    Damage(
        "pristine lab file changed",
        "find /opt/coursebox/releases/ -name guide.md | head -1 | xargs sed -i '$ a x'",
        "! tail -qn 1 $(find /opt/coursebox/current/ -name guide.md) | grep -qx x",
    ),
    Damage(
        "pristine lab file deleted",
        "rm /opt/coursebox/releases/*/labfiles/1/chapter.toml",
        "test -s /opt/coursebox/current/labfiles/1/chapter.toml",
    ),
    Damage(
        "release link deleted",
        "rm /opt/coursebox/current",
        "test -d /opt/coursebox/current/labfiles",
    ),
    Damage("wheels deleted", "rm -r /opt/coursebox/wheels", "ls /opt/coursebox/wheels/*.whl"),
    Damage(
        "pip configuration deleted",
        "rm /etc/pip.conf",
        "grep -q coursebox /etc/pip.conf",
    ),
    Damage(
        "locale changed",
        "printf 'LANG=C\\n' > /etc/default/locale; printf 'LANG=C\\n' > /etc/locale.conf",
        "grep -q LANG=.*zh_CN.UTF-8 /etc/default/locale",
    ),
    Damage(
        "locale archive deleted",
        "rm -rf /usr/lib/locale/locale-archive /usr/lib/locale/zh_CN*",
        "locale -a | grep -qi zh_CN.utf",
    ),
    Damage(
        "time zone changed",
        "ln -sf /usr/share/zoneinfo/UTC /etc/localtime",
        "date +%Z | grep -qx CST",
    ),
    Damage("host name changed", "hostname other", "test $(hostname) = tedu"),
    Damage(
        "shell changed",
        "usermod --shell /bin/sh tarena",
        "getent passwd tarena | grep -q :/bin/bash$",
    ),
    Damage(
        "home closed",
        "chmod 0000 /home/tarena",
        "runuser -u tarena -- test -x /home/tarena",
    ),
    Damage(
        "keys deleted",
        "rm /home/tarena/.ssh/authorized_keys",
        "test -s /home/tarena/.ssh/authorized_keys",
    ),
    Damage(
        "password for sudo waived",
        "echo 'tarena ALL=(ALL) NOPASSWD: ALL' > $(grep -l ^tarena /etc/sudoers.d/* || "
        "echo /etc/sudoers.d/zz-coursebox-test)",
        "runuser -u tarena -- sh -c '! sudo -n true'",
    ),
    Damage(
        "root let in",
        "for f in /etc/ssh/sshd_config.d/00-*.conf; do echo 'PermitRootLogin yes' > $f; done",
        "! sshd -T | grep -qx 'permitrootlogin yes'",
    ),
    Damage(
        "unit deleted",
        "rm /etc/systemd/system/coursebox-server@.service; systemctl daemon-reload",
        "systemctl cat coursebox-server@7.3.service",
    ),
    Damage(
        "vim configuration emptied",
        "for f in /etc/vim/vimrc.local; do : > $f; done",
        "test -s /etc/vim/vimrc.local",
    ),
    Damage("working copies deleted", "rm -r /home/tarena/labs", "test -d /home/tarena/labs/1.2"),
]


@pytest.fixture(scope="module")
def whole(machine: Machine) -> Machine:
    """The machine as provisioning leaves it."""
    first = machine.provision()
    assert first.rc == 0, first.output[-5000:]
    return machine


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_damage_is_found_and_repaired(whole: Machine, damage: Damage) -> None:
    """Each by itself: no other damage brings the role that repairs it to work."""
    whole.out(damage.breaks)
    shown = whole.run(damage.whole)
    assert shown.returncode != 0, "this damage does not show, so its repair would prove nothing"
    run = whole.provision()
    assert run.rc == 0, run.output[-5000:]
    result = whole.run(damage.whole)
    assert result.returncode == 0, result.stdout + result.stderr


def test_one_run_repairs_it_all(whole: Machine) -> None:
    """All damage at once, and the run after the repair has nothing to do."""
    for damage in DAMAGES:
        whole.out(damage.breaks)
    run = whole.provision()
    assert run.rc == 0, run.output[-5000:]
    assert not [d.name for d in DAMAGES if whole.run(d.whole).returncode]
    again = whole.provision()
    assert (again.rc, again.changed) == (0, 0), again.changes

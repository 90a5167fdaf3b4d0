"""Whatever was broken on a provisioned machine, the next provisioning repairs, or says how it is mended.

Several states that do not touch each other make a batch: broken together, provisioned once, then looked at one by one.
That each is found by itself is proven by its own line in the probe's answer, whatever else the batch brought to work.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess

import pytest

from host.paths import SEATS
from tests.support.machine import Machine

HOME = "/home/tarena"
WORK = f"{HOME}/labs/2.2.1/work"
# What a student has, of which no provisioning may change a byte; and what a check, a sync or a login writes.
MINE = {
    f"{WORK}/我的 笔记.txt": "我的笔记\n",
    f"{HOME}/labs/4.1.2/examples/daemon.py": "print('我改过的')\n",
    f"{HOME}/.bashrc": "PS1='$ '\n",
    f"{HOME}/项目/a.py": "print(1)\n",
}
AS_TARENA = "runuser -u tarena --"


@dataclasses.dataclass(frozen=True)
class State:
    """Something that goes wrong: how, what is true when it is right, and the probe's line that finds it."""

    name: str
    breaks: str
    whole: str
    found: str


@dataclasses.dataclass(frozen=True)
class Told:
    """What only its owner may mend: the line that names it, and the command with which one does."""

    name: str
    breaks: str
    said: str
    mends: str


BATCHES: list[list[State | Told]] = [
    [
        State(
            "command deleted",
            "rm /usr/local/bin/lab",
            f"{AS_TARENA} lab list",
            "labs /usr/local/bin/lab is not",
        ),
        State(
            "folder in a file's place",
            "f=/usr/share/bash-completion/completions/lab; rm $f; mkdir $f; touch $f/x",
            "test -f /usr/share/bash-completion/completions/lab",
            "labs /usr/share/bash-completion/completions/lab is not",
        ),
        State(
            "pipe in a file's place",
            "rm /etc/pip.conf; mkfifo /etc/pip.conf",
            "test -f /etc/pip.conf && grep -q coursebox /etc/pip.conf",
            "python /etc/pip.conf is not",
        ),
        State(
            "configuration emptied",
            ": > /etc/vim/vimrc.local",
            "test -s /etc/vim/vimrc.local",
            "vim /etc/vim/vimrc.local is not",
        ),
        State(
            "configuration closed",
            "chmod 0 /etc/profile.d/coursebox.sh",
            f"{AS_TARENA} test -r /etc/profile.d/coursebox.sh",
            "shell /etc/profile.d/coursebox.sh is not",
        ),
        State(
            "configuration of another owner",
            "chown tarena /etc/motd",
            "stat -c %U /etc/motd | grep -qx root",
            "shell /etc/motd is not",
        ),
        State(
            "greetings turned on",
            "chmod +x /etc/update-motd.d/*",
            "! find /etc/update-motd.d -type f -perm /111 | grep -q .",
            "shell the distribution greets",
        ),
        State(
            "password for sudo waived",
            "echo 'tarena ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/coursebox",
            f"{AS_TARENA} sh -c '! sudo -n true'",
            "users /etc/sudoers.d/coursebox is not",
        ),
        State(
            "unit deleted",
            "rm /etc/systemd/system/coursebox-server@.service; systemctl daemon-reload",
            "systemctl cat coursebox-server@7.3.service",
            "servers /etc/systemd/system/coursebox-server@.service is not",
        ),
        State(
            "link in a file's place",
            "ln -sf /dev/null /etc/apt/apt.conf.d/60coursebox",
            "test -s /etc/apt/apt.conf.d/60coursebox",
            "packages /etc/apt/apt.conf.d/60coursebox is not",
        ),
        State(
            "file in a folder's place",
            "rm -r /etc/needrestart; touch /etc/needrestart",
            "test -s /etc/needrestart/conf.d/coursebox.conf",
            "packages /etc/needrestart is not",
        ),
        State(
            "file in the wheels' place",
            "rm -r /opt/coursebox/wheels; touch /opt/coursebox/wheels",
            "ls /opt/coursebox/wheels/*.whl",
            "python /opt/coursebox/wheels is not",
        ),
        State(
            "our settings of sshd corrupted",
            "echo nonsense > /etc/ssh/sshd_config.d/00-coursebox.conf",
            "sshd -t",
            "sshd /etc/ssh/sshd_config.d/00-coursebox.conf is not",
        ),
        State(
            "pristine lab file changed",
            "sed -i '$ a x' /opt/coursebox/current/labfiles/1/1.2/guide.md",
            "! tail -n 1 /opt/coursebox/current/labfiles/1/1.2/guide.md | grep -qx x",
            "labs the release is damaged",
        ),
        State(
            "home closed",
            f"chmod 0000 {HOME}",
            f"{AS_TARENA} test -x {HOME}",
            f"users {HOME} has another mode",
        ),
        Told(
            "names cannot be found",
            "cp /etc/resolv.conf /root/resolv.conf; : > /etc/resolv.conf",
            "/etc/resolv.conf 里没有 nameserver",
            "cat /root/resolv.conf > /etc/resolv.conf",
        ),
        Told(
            "alias hides lab",
            f"echo \"alias lab='ls'\" >> {HOME}/.bash_aliases",
            "~/.bash_aliases 给 lab 起了别的意思",
            f"rm {HOME}/.bash_aliases",
        ),
    ],
    [
        State(
            "wheels deleted",
            "rm -r /opt/coursebox/wheels",
            "ls /opt/coursebox/wheels/*.whl",
            "python /opt/coursebox/wheels is not",
        ),
        State(
            "folder closed",
            "chmod 700 /etc/vim",
            f"{AS_TARENA} test -r /etc/vim/vimrc.local",
            "vim /etc/vim is not",
        ),
        State(
            "folder of another owner",
            "chown tarena /etc/profile.d",
            "stat -c %U /etc/profile.d | grep -qx root",
            "shell /etc/profile.d is not",
        ),
        State(
            "pristine lab file deleted",
            "rm /opt/coursebox/current/labfiles/1/chapter.toml",
            "test -s /opt/coursebox/current/labfiles/1/chapter.toml",
            "labs the release is damaged",
        ),
        State(
            "new password demanded",
            "chage --lastday 0 tarena",
            "! getent shadow tarena | cut -d: -f3 | grep -qx 0",
            "users the password has expired",
        ),
        State(
            "password locked",
            "usermod --lock tarena",
            "getent shadow tarena | cut -d: -f2 | grep -q '^[$]'",
            "users no password",
        ),
        State(
            "keys deleted",
            f"rm {HOME}/.ssh/authorized_keys",
            f"test -s {HOME}/.ssh/authorized_keys",
            "users a key is missing",
        ),
        State(
            "locks left by a power cut",
            ": > /etc/passwd.lock; : > /etc/gshadow.lock",
            "! ls /etc/passwd.lock /etc/gshadow.lock",
            "users /etc/passwd.lock was left",
        ),
        State(
            "working folder of root's",
            f"chown root: {HOME}/labs",
            f"{AS_TARENA} test -w {HOME}/labs",
            f"users {HOME}/labs is not",
        ),
        State(
            "lab's folder of root's",
            f"chown root: {HOME}/labs/1.2 && chmod 700 {HOME}/labs/1.2",
            f"{AS_TARENA} test -w {HOME}/labs/1.2",
            f"users {HOME}/labs/1.2 is not",
        ),
        State(
            "laid file of root's",
            f"chown root: {HOME}/labs/1.3/examples/walk.py",
            f"{AS_TARENA} test -w {HOME}/labs/1.3/examples/walk.py",
            f"users {HOME}/labs/1.3/examples/walk.py is not",
        ),
        State(
            "work of root's",
            f"install -m 600 -o root /etc/hostname {WORK}/秘密.txt",
            f"{AS_TARENA} test -w {WORK}/秘密.txt",
            f"users {WORK}/秘密.txt is not",
        ),
        State(
            "what sudo vim leaves",
            f"install -m 600 -o root /etc/hostname {HOME}/.viminfo",
            f"{AS_TARENA} test -w {HOME}/.viminfo",
            f"users {HOME}/.viminfo is not",
        ),
        State(
            "keys of root's",
            f"chown -R root: {HOME}/.ssh",
            f"stat -c %U {HOME}/.ssh | grep -qx tarena",
            f"users {HOME}/.ssh is not",
        ),
        State(
            "progress of root's",
            f"chown -R root: {HOME}/.local",
            f"{AS_TARENA} lab list && ! find {HOME}/.local ! -user tarena | grep -q .",
            f"users {HOME}/.local is not",
        ),
        State(
            "sshd reads no drop-ins",
            "sed -i '/^Include/d' /etc/ssh/sshd_config",
            "sshd -T | grep -qix 'x11forwarding no'",
            "sshd sshd does not read its drop-ins",
        ),
        Told(
            "root's file with two names",
            f"echo x > /root/two; ln /root/two {HOME}/labs/1.3/two",
            f"{HOME}/labs/1.3/two 不是 tarena 的",
            f"rm {HOME}/labs/1.3/two; test $(stat -c %U /root/two) = root",
        ),
        Told(
            "PATH replaced",
            f"printf 'export PATH=/opt/anaconda/bin\\n' > {HOME}/.bash_profile",
            "~/.bash_profile 把 PATH 整个换掉了",
            f"rm {HOME}/.bash_profile",
        ),
    ],
    [
        State(
            "package removed",
            "DEBIAN_FRONTEND=noninteractive apt-get purge -y tree",
            "command -v tree",
            "packages missing: tree",
        ),
        State(
            "command's file deleted",
            "rm /usr/bin/zip",
            f"{AS_TARENA} zip -v",
            "packages /usr/bin/zip is not",
        ),
        State(
            "command's file emptied",
            ": > /usr/sbin/ifconfig",
            f"{AS_TARENA} ifconfig | grep -q .",
            "packages /usr/bin/ifconfig is not",
        ),
        State(
            "command closed",
            "chmod 700 /usr/bin/lsof",
            f"{AS_TARENA} test -x /usr/bin/lsof",
            "packages /usr/bin/lsof is not",
        ),
        State(
            "folder in a command's place",
            "rm /usr/bin/unzip; mkdir /usr/bin/unzip",
            f"{AS_TARENA} unzip -v",
            "packages /usr/bin/unzip is not",
        ),
        State(
            "alternative's link deleted",
            "rm /usr/bin/vim",
            f"{AS_TARENA} vim --version",
            "packages /usr/bin/vim is not",
        ),
        State(
            "pip3 deleted",
            "rm /usr/bin/pip3",
            f"{AS_TARENA} pip3 --version",
            "packages /usr/bin/pip3 is not",
        ),
        State(
            "downloaded package emptied",
            "for f in /var/cache/apt/archives/sl_*.deb; do : > $f; done",
            "test -s /var/cache/apt/archives/sl_*.deb",
            "packages not downloaded: sl",
        ),
        State("host name changed", "hostname other", "test $(hostname) = tedu", "system host name"),
        State(
            "name unknown to itself",
            "sed 's/tedu/other/' /etc/hosts > /root/hosts; cat /root/hosts > /etc/hosts",
            "grep -qw tedu /etc/hosts",
            "system hosts",
        ),
        State(
            "locale changed",
            "printf 'LANG=C\\n' > /etc/default/locale",
            "grep -q LANG=.*zh_CN.UTF-8 /etc/default/locale",
            "system default locale",
        ),
        State(
            "locale deleted",
            "rm -rf /usr/lib/locale/locale-archive /usr/lib/locale/zh_CN*",
            "locale -a | grep -qi zh_CN.utf",
            "system locale zh_CN.UTF-8",
        ),
        State(
            "list of locales emptied",
            ": > /etc/locale.gen",
            "grep -qx 'zh_CN.UTF-8 UTF-8' /etc/locale.gen",
            "system zh_CN.UTF-8 is not in locale.gen",
        ),
        State(
            "time zone changed",
            "ln -sf /usr/share/zoneinfo/UTC /etc/localtime",
            "date +%Z | grep -qx CST",
            "system time zone",
        ),
        State(
            "folder for all closed",
            "chmod 755 /tmp",
            f"{AS_TARENA} mktemp /tmp/XXXX",
            "system /tmp is not",
        ),
        State(
            "folder for all gone",
            "rm -rf /var/tmp",
            f"{AS_TARENA} mktemp /var/tmp/XXXX",
            "system /var/tmp is not",
        ),
        State(
            "shared memory closed",
            "chmod 700 /dev/shm",
            f"{AS_TARENA} mktemp /dev/shm/XXXX",
            "system /dev/shm is not",
        ),
        State(
            "accounts unreadable",
            "chmod 600 /etc/passwd",
            f"{AS_TARENA} cat /etc/passwd",
            "system /etc/passwd is not",
        ),
        State(
            "groups unreadable",
            "chmod 600 /etc/group",
            f"{AS_TARENA} cat /etc/group",
            "system /etc/group is not",
        ),
        State(
            "stranger in the release",
            "echo 'raise SystemExit(9)' > /opt/coursebox/current/json.py",
            f"test ! -e /opt/coursebox/current/json.py && {AS_TARENA} lab list --json",
            "labs the release is damaged",
        ),
        Told(
            "command shadowed",
            "printf '#!/bin/sh\\n' > /usr/local/bin/ps; chmod +x /usr/local/bin/ps",
            "/usr/local/bin/ps 盖住了系统的 ps",
            "rm /usr/local/bin/ps",
        ),
        Told(
            "lab shadowed in the home",
            f"{AS_TARENA} sh -c 'mkdir -p {HOME}/.local/bin; touch {HOME}/.local/bin/lab'",
            "~/.local/bin/lab 盖住了课程的 lab",
            f"rm -r {HOME}/.local/bin",
        ),
    ],
    [
        State(
            "package half removed",
            "dpkg --remove --force-depends lsof",
            "dpkg-query -W -f='${db:Status-Abbrev}' lsof | grep -q ^ii",
            "packages missing: lsof",
        ),
        State(
            "shell changed",
            "usermod --shell /bin/sh tarena",
            "getent passwd tarena | grep -q :/bin/bash$",
            "users no account tarena",
        ),
        State(
            "no device to throw things into",
            "rm /dev/null; echo > /dev/null",
            f"test -c /dev/null && {AS_TARENA} sh -c ': > /dev/null'",
            "system /dev/null is not",
        ),
        State(
            "course closed",
            "chmod 700 /opt/coursebox",
            f"{AS_TARENA} lab list",
            "labs /opt/coursebox/releases is not|labs /opt/coursebox/wheels|/opt/coursebox is not",
        ),
        State(
            "compiled file corrupted",
            "f=$(ls /opt/coursebox/current/lab/__pycache__/cli.*.pyc); head -c 16 $f > /root/pyc; cat /root/pyc > $f",
            f"{AS_TARENA} lab list --json",
            "labs the release is damaged",
        ),
        State(
            "sshd masked",
            "systemctl mask ssh.service",
            "systemctl is-enabled ssh.service",
            "sshd ssh.service is masked",
        ),
        State(
            "wheel of an earlier course",
            "touch /opt/coursebox/wheels/old-1-py3-none-any.whl",
            "! ls /opt/coursebox/wheels/old-*",
            "python there are wheels of an earlier course",
        ),
        Told(
            "pip bent by its owner",
            f"{AS_TARENA} sh -c 'mkdir -p {HOME}/.config/pip; printf \"[global]\\nrequire-virtualenv = true\\n\" > {HOME}/.config/pip/pip.conf'",
            "~/.config/pip/pip.conf 改了 pip 的装法",
            f"rm -r {HOME}/.config/pip",
        ),
        Told(
            "password for sudo waived elsewhere",
            "echo 'tarena ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/zz",
            "/etc/sudoers.d/zz 让 tarena 不用密码",
            "rm /etc/sudoers.d/zz",
        ),
    ],
    [
        State(
            "release link deleted",
            "rm /opt/coursebox/current",
            "test -d /opt/coursebox/current/labfiles",
            "labs another release",
        ),
        State(
            "root let in",
            "echo 'PermitRootLogin yes' > /etc/ssh/sshd_config.d/00-coursebox.conf",
            "! sshd -T | grep -qx 'permitrootlogin yes'",
            "sshd the settings of sshd do not take effect: permitrootlogin",
        ),
        State(
            "sshd disabled",
            "systemctl disable ssh.service ssh.socket",
            "systemctl is-enabled ssh.service || systemctl is-enabled ssh.socket",
            "sshd sshd does not start at boot",
        ),
        State(
            "account expired",
            "chage --expiredate 1 tarena",
            f"{AS_TARENA} true && getent shadow tarena | cut -d: -f8 | grep -qx ''",
            "users the account has expired",
        ),
        State(
            "home of root's",
            f"chown root: {HOME}",
            f"{AS_TARENA} test -w {HOME}",
            f"users {HOME} has another mode",
        ),
        State(
            "keys no plain file",
            f"rm {HOME}/.ssh/authorized_keys; mkdir {HOME}/.ssh/authorized_keys; chown tarena: {HOME}/.ssh/authorized_keys",
            f"test -s {HOME}/.ssh/authorized_keys -a -f {HOME}/.ssh/authorized_keys",
            "users a key is missing",
        ),
        State(
            "working copies deleted",
            f"mv {HOME}/labs/1.2 /root/; rm {HOME}/.local/state/coursebox/manifest.json",
            f"test -d {HOME}/labs/1.2",
            "labs the student's copies",
        ),
    ],
    [
        State(
            "folder in the release's place",
            "rm /opt/coursebox/current; mkdir /opt/coursebox/current",
            "test -L /opt/coursebox/current",
            "labs another release",
        ),
        State(
            "sshd's configuration emptied",
            ": > /etc/ssh/sshd_config",
            "grep -q '^Subsystem' /etc/ssh/sshd_config && sshd -T | grep -qix 'x11forwarding no'",
            "sshd sshd does not read its drop-ins",
        ),
        State(
            "host keys open",
            "chmod 644 /etc/ssh/ssh_host_*_key",
            "sshd -t",
            "sshd the settings of sshd do not take effect",
        ),
    ],
    [
        State(
            "release of another owner",
            "chown -R tarena /opt/coursebox/releases",
            "! find /opt/coursebox/releases ! -user root | grep -q .",
            "labs the release is damaged",
        ),
        State(
            "file in the drop-ins' place",
            "rm -r /etc/ssh/sshd_config.d; touch /etc/ssh/sshd_config.d",
            "sshd -T | grep -qix 'x11forwarding no'",
            "sshd /etc/ssh/sshd_config.d is not",
        ),
    ],
    [
        State(
            "release's modes taken",
            "chmod -R go-rwx /opt/coursebox/releases/*",
            f"{AS_TARENA} lab list",
            "labs the release is damaged",
        ),
        Told(
            "apt without sources",
            "mkdir /root/apt; mv /etc/apt/sources.list* /root/apt/; mkdir /etc/apt/sources.list.d",
            "没有一个软件源",
            "rm -r /etc/apt/sources.list.d; mv /root/apt/* /etc/apt/",
        ),
    ],
]


@dataclasses.dataclass(frozen=True)
class Refused:
    """What provisioning cannot mend and will not pass over: its line, and what mends it."""

    name: str
    breaks: str
    said: str
    mends: str


REFUSED = [
    Refused(
        "sudo asks the provisioning account for a password",
        "mv /etc/sudoers.d/vagrant /root/vagrant",
        "NOPASSWD",
        "mv /root/vagrant /etc/sudoers.d/vagrant",
    ),
    Refused(
        "sudo reads no folder",
        "cp /etc/sudoers /root/sudoers; sed -i '/includedir/d' /etc/sudoers",
        "NOPASSWD",
        "cp /root/sudoers /etc/sudoers",
    ),
    Refused(
        "sudo's folder of another owner",
        "chown tarena /etc/sudoers.d",
        "chown root: /etc/sudoers",
        "chown root: /etc/sudoers.d",
    ),
    Refused(
        "sudo deleted",
        "mv /usr/bin/sudo /root/sudo",
        "apt-get install --reinstall sudo",
        "mv /root/sudo /usr/bin/sudo",
    ),
    Refused(
        "sudo without its mode",
        "chmod 755 /usr/bin/sudo",
        "chmod 4755 /usr/bin/sudo",
        "chmod 4755 /usr/bin/sudo",
    ),
    Refused(
        "python3 deleted",
        "mv /usr/bin/python3 /root/python3",
        "apt-get install python3",
        "mv /root/python3 /usr/bin/python3",
    ),
    Refused(
        "another drop-in of sshd broken",
        "echo nonsense > /etc/ssh/sshd_config.d/50-mine.conf",
        "/etc/ssh/sshd_config.d/50-mine.conf",
        "rm /etc/ssh/sshd_config.d/50-mine.conf",
    ),
    Refused(
        "removal half done",
        "mkdir -p /var/lib/coursebox/removed; touch /var/lib/coursebox/removed/verified; chage --expiredate 1 tarena",
        "再运行一次 make remove",
        "rm /var/lib/coursebox/removed/verified; chage --expiredate -1 tarena",
    ),
    Refused(
        "working folder is a link",
        f"mv {HOME}/labs {HOME}/mine; ln -s {HOME}/mine {HOME}/labs",
        "~/labs 是一个链接",
        f"rm {HOME}/labs; mv {HOME}/mine {HOME}/labs",
    ),
    Refused(
        "disk cannot be written",
        "mount -o bind,ro /home /home",
        "/home 是只读的",
        "umount /home",
    ),
]


class Broken:
    """The machine with one batch broken: what showed before, the run that followed, and what holds after it."""

    def __init__(self, machine: Machine, batch: list[State | Told]) -> None:
        for state in batch:
            machine.out(state.breaks)
        self.shows = looked(machine, batch)
        self.mine_before = sums(machine)
        self.run = machine.provision()
        self.holds = looked(machine, batch)
        self.mine_after = sums(machine)
        for state in batch:
            if isinstance(state, Told):
                machine.out(state.mends)
        self.again = machine.provision()


def looked(machine: Machine, batch: list[State | Told]) -> dict[str, bool]:
    """Whether each state of a batch is as it should be, asked in one go."""
    states = [state for state in batch if isinstance(state, State)]
    asked = "\n".join(
        f"if ( {state.whole} ) > /tmp/looked 2>&1; then echo {number}; fi"
        if "/tmp" not in state.breaks
        else f"if ( {state.whole} ) > /root/looked 2>&1; then echo {number}; fi"
        for number, state in enumerate(states)
    )
    right = machine.run(asked).stdout.split()
    return {state.name: str(number) in right for number, state in enumerate(states)}


def sums(machine: Machine) -> str:
    """The student's own files, by their content."""
    return machine.out("sha256sum " + " ".join(f"'{path}'" for path in MINE) + " 2>&1")


def as_root(machine: Machine, command: str) -> None:
    """Runs a command without sudo and sshd, as one does at a machine's console."""
    seat = json.loads((SEATS / machine.name / "seat.json").read_text(encoding="utf-8"))
    console = ["docker", "exec", seat["container"], "sh", "-c", command]
    subprocess.run(console, check=True, timeout=60, capture_output=True)


@pytest.fixture(scope="module")
def whole(machine: Machine) -> Machine:
    """The machine as provisioning leaves it, with a student's work on it."""
    first = machine.provision()
    assert first.rc == 0, first.output[-5000:]
    for path, content in MINE.items():
        folder = path.rpartition("/")[0]
        placed = f"{AS_TARENA} mkdir -p '{folder}' && {AS_TARENA} tee '{path}' > /dev/null"
        done = machine.run(placed, stdin=content)
        assert done.returncode == 0, done.stderr
    return machine


@pytest.fixture(scope="module", params=range(len(BATCHES)), ids=lambda number: f"batch{number}")
def broken(whole: Machine, request: pytest.FixtureRequest) -> tuple[int, Broken]:
    """Each batch in turn."""
    return request.param, Broken(whole, BATCHES[request.param])


def test_batch_is_repaired_or_told(broken: tuple[int, Broken]) -> None:
    """Each state shows, is found by a line of its own, and is gone after one run, or its cure is told."""
    number, seen = broken
    assert seen.run.rc == 0, seen.run.output[-5000:]
    output = " ".join(seen.run.output.split())
    wrong = []
    for state in BATCHES[number]:
        if isinstance(state, Told):
            if state.said not in output:
                wrong.append(f"{state.name}: not told")
            continue
        if seen.shows[state.name]:
            wrong.append(f"{state.name}: does not show, so its repair would prove nothing")
        if not any(line in output for line in state.found.split("|")):
            wrong.append(f"{state.name}: not found by a line of its own")
        if not seen.holds[state.name]:
            wrong.append(f"{state.name}: stayed broken")
    assert not wrong, "\n".join(wrong)


def test_students_files_are_untouched(broken: tuple[int, Broken]) -> None:
    """Not a byte, whatever was repaired around them."""
    _, seen = broken
    assert seen.mine_after == seen.mine_before


def test_run_after_that_has_nothing_to_do(broken: tuple[int, Broken]) -> None:
    """All is known to be right, and nothing more is told."""
    _, seen = broken
    assert (seen.again.rc, seen.again.changed) == (0, 0), seen.again.changes
    assert "[WARNING]: " not in seen.again.output, seen.again.output


@pytest.mark.parametrize("state", REFUSED, ids=lambda state: state.name)
def test_what_cannot_be_mended_is_refused_with_its_cure(whole: Machine, state: Refused) -> None:
    """One line says what is wrong and how to mend it; mended so, all is well."""
    as_root(whole, state.breaks)
    try:
        run = whole.provision()
    finally:
        as_root(whole, state.mends)
    assert run.rc != 0
    assert state.said in " ".join(run.output.split()), run.output[-3000:]
    again = whole.provision()
    assert again.rc == 0, again.output[-3000:]

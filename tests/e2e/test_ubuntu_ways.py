"""What only Ubuntu has, on a Debian seat that was turned into a stand-in for it (on_seat/ubuntu_ways.sh).

One seat lives through it all: its first boot under cloud-init, provisioning, a restart, and a student's day.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import re
import shlex
import subprocess
from collections.abc import Iterator

import pytest

from host.paths import ROOT
from tests.machine import expected
from tests.support.machine import BIN, INDICES, Machine, Run, archives
from tests.support.ssh import DEADLINE

ON_SEAT = pathlib.Path(__file__).parent / "on_seat"
SOURCES = ROOT / "roles/packages/files/sources.sh"
# What provisioning changes first.
TRACES = f"getent passwd {expected.USER}; ls /etc/apt/apt.conf.d/60coursebox 2>/dev/null"
BOOTING = "pgrep -f '[c]loud-init status --wait' >/dev/null"
LOCKED_OUT = "grep -qs 'Waiting for cache lock' /var/log/coursebox-packages.log"


def ways_in(machine: Machine) -> str:
    """What sshd offers the course user who brings no key."""
    login = machine.login("true", "PubkeyAuthentication=no", f"User={expected.USER}")
    refused = subprocess.run(login, capture_output=True, text=True, timeout=60, check=False)
    (said,) = re.findall(r"Permission denied \((.*)\)", refused.stderr)
    return str(said)


@pytest.fixture(scope="module")
def booting() -> Iterator[Machine]:
    """The stand-in in its first boot, which goes on until it may end."""
    created = Machine.create("ubuntu-ways", suite="trixie")
    turned = created.run("sh -s", stdin=(ON_SEAT / "ubuntu_ways.sh").read_text("utf-8"))
    assert turned.returncode == 0, turned.stdout + turned.stderr
    created.cut_power()
    created.start()
    yield created
    created.destroy()


@dataclasses.dataclass
class FirstBoot:
    """What was seen while the first boot went on, then the run that waited for it."""

    refused: Run
    traces: str
    held: bool
    run: Run


@pytest.fixture(scope="module")
def boot(booting: Machine, tmp_path_factory: pytest.TempPathFactory) -> FirstBoot:
    """Provisions once without patience; then with it, while cloud-init works and an upgrade holds dpkg's lock."""
    refused = booting.provision("-e", "packages_lock_timeout=1")
    log = tmp_path_factory.mktemp("ubuntu") / "log"
    started = booting.provision_until(BOOTING, log)
    traces = booting.run(TRACES).stdout
    booting.out("touch /run/first-boot-may-end")
    booting.wait_until(LOCKED_OUT)
    held = started.poll() is None
    booting.out("systemctl stop first-upgrade.service")
    return FirstBoot(refused, traces, held, Run(started.wait(DEADLINE * 2), log.read_text("utf-8")))


@pytest.fixture(scope="module")
def machine(boot: FirstBoot, booting: Machine) -> Machine:
    """The stand-in, provisioned."""
    assert boot.run.rc == 0, boot.run.output[-5000:]
    return booting


def test_a_first_boot_that_takes_too_long_is_named(boot: FirstBoot) -> None:
    """What is waited for, how one waits longer, and nothing changed."""
    assert boot.refused.rc != 0
    assert "cloud-init" in boot.refused.output
    assert "packages_lock_timeout" in boot.refused.output
    assert boot.refused.changed == 0, boot.refused.changes


def test_provisioning_waits_for_the_first_boot(boot: FirstBoot) -> None:
    """Nothing is changed while cloud-init may still write the same files; then an upgrade is waited for."""
    assert boot.traces == ""
    assert boot.held, boot.run.output[-5000:]
    assert boot.run.rc == 0, boot.run.output[-5000:]


def test_a_second_run_changes_nothing(machine: Machine) -> None:
    """Under sudo-rs and uutils the probe finds all as it should be."""
    again = machine.provision()
    assert (again.rc, again.changed) == (0, 0), again.output[-5000:]


def test_the_programs_are_the_stand_ins(machine: Machine) -> None:
    """Else the tests here would prove nothing."""
    assert "sudo-rs" in machine.out("sudo --version 2>&1")
    assert "GNU" not in machine.out("sort --version; df --version; stat --version")
    assert machine.out("cloud-init status") == "status: done"


def test_sudoers_are_read_by_sudo_rs(machine: Machine) -> None:
    """The provisioning account needs no password, the course user does, and its own visudo accepts the files."""
    assert machine.out("visudo -c -f /etc/sudoers.d/coursebox")
    assert machine.out("sudo -n id -u", user="vagrant") == "0"
    refused = machine.run("sudo -n id -u", user=expected.USER)
    assert refused.returncode != 0, refused.stdout


def test_an_account_with_a_password_becomes_root_by_the_old_sudo(machine: Machine) -> None:
    """Ansible does not know how sudo-rs asks, so such an account is provisioned by sudo.ws, as the docs say."""
    account = {
        "ansible_user": expected.USER,
        "ansible_become_password": expected.PASSWORD,
        "ansible_become_exe": "sudo.ws",
    }
    inventory = machine.playbook()[2]
    asked = [str(BIN / "ansible"), "all", "-i", inventory, "-b", "-m", "raw", "-a", "id -un"]
    became = subprocess.run(
        [*asked, "-e", json.dumps(account)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert became.returncode == 0, became.stdout + became.stderr
    assert "root" in became.stdout.splitlines()


def test_the_machine_tests_pass_after_a_restart(machine: Machine) -> None:
    """The core of them, and all about sudo, the ways in and the commands; systemd itself holds port 22 then."""
    machine.cut_power()
    machine.start()
    # The uutils of Debian 13 know no language but English; whether Ubuntu's do is for a look at Ubuntu.
    chosen = "(core or test_sudo or test_users or test_system) and not date_speaks_chinese"
    tests = machine.test("-k", chosen)
    assert tests.returncode == 0, tests.stdout[-8000:]
    assert "systemd" in machine.out("ss --listening --tcp --processes --no-header 'sport = 22'")
    assert machine.out("systemctl is-active ssh.socket") == "active"
    assert machine.run("systemctl is-enabled ssh.service").stdout.strip() == "disabled"


def test_settings_reach_it_and_go_back(machine: Machine) -> None:
    """An sshd that ssh.socket started serves new settings, and apt's deb822 file gives way to a mirror and returns."""
    own = archives(machine.out(INDICES))
    # The same archive under another name.
    mirror = re.sub(r"^(http://[^/]+)", r"\1:80", own["trixie"])
    sources = "cat /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources"
    before = machine.out(sources)
    settings = {"packages_mirror": mirror, "sshd_key_only_users": ["vagrant", expected.USER]}
    assert "password" in ways_in(machine)
    changed = machine.provision("-e", json.dumps(settings))
    assert changed.rc == 0, changed.output[-5000:]
    assert "password" not in ways_in(machine)
    mirrored = {s: uri if s.endswith("-security") else mirror for s, uri in own.items()}
    assert archives(machine.out(INDICES)) == mirrored
    back = machine.provision()
    assert back.rc == 0, back.output[-5000:]
    assert "password" in ways_in(machine)
    assert machine.out(sources) == before
    assert machine.out("apt-cache policy sl | grep --count ' 500 '")
    assert machine.out("systemctl is-active ssh.socket") == "active"


def test_cloud_images_settings_come_after_ours(machine: Machine) -> None:
    """50-cloud-init.conf and 60-cloudimg-settings.conf count only for accounts that ours says nothing of."""
    settings = machine.out("cd /etc/ssh/sshd_config.d && grep Password 50-* 60-*").splitlines()
    assert settings == [
        "50-cloud-init.conf:PasswordAuthentication yes",
        "60-cloudimg-settings.conf:PasswordAuthentication no",
    ]
    ask = "sshd -T -C user={},host=tedu,addr=127.0.0.1 | grep -i ^passwordauthentication"
    users = [expected.USER, "vagrant", "somebody"]
    said = machine.out("; ".join(ask.format(user) for user in users)).lower().split()
    assert dict(zip(users, said[1::2], strict=True)) == {
        expected.USER: "yes",
        "vagrant": "no",
        "somebody": "yes",
    }


def test_needrestart_lists_and_restarts_nothing(machine: Machine) -> None:
    """What the student's apt leaves running is left running; without our file it would be restarted."""
    machine.out("""
        cp /bin/sh /usr/local/bin/outdated
        printf '[Service]\\nType=exec\\nExecStart=/usr/local/bin/outdated -c "while sleep 3600; do :; done"\\n' \
            > /etc/systemd/system/outdated.service
        systemctl daemon-reload
        systemctl start outdated.service
        cp /bin/sh /usr/local/bin/outdated.new
        mv /usr/local/bin/outdated.new /usr/local/bin/outdated
    """)
    running = "systemctl show --property MainPID --value outdated.service"
    before = machine.out(running)
    said = machine.out("apt-get -q -y --no-download install sl && apt-get -q -y purge sl")
    assert "outdated.service" in said, said
    assert machine.out(running) == before


def test_a_lock_that_is_held_too_long_is_named(machine: Machine) -> None:
    """Who holds it, how one waits longer; and when it is free, the next run completes the work."""
    machine.out("apt-get -q -y purge tree")
    machine.out("systemctl start first-upgrade.service")
    machine.wait_until("lsof -t /var/lib/dpkg/lock-frontend >/dev/null")
    refused = machine.provision("-e", "packages_lock_timeout=1")
    assert refused.rc != 0
    holder = machine.out("systemctl show --property MainPID --value first-upgrade.service")
    assert f"{holder} (python3)" in refused.output, refused.output[-3000:]
    assert "packages_lock_timeout" in refused.output
    machine.out("systemctl stop first-upgrade.service")
    completed = machine.provision()
    assert completed.rc == 0, completed.output[-3000:]
    assert machine.out("command -v tree")


# What Ubuntu's installer and cloud-init write, but for the names of the archives.
DEB822 = """\
# See http://help.ubuntu.com/community/UpgradeNotes for how to upgrade to
# newer versions of the distribution.

## Ubuntu distribution repository
##
## Types: Append deb-src to enable the fetching of source package.
## URIs: A URL to the repository (you may add multiple URLs)
## Suites: The following additional suites can be configured
Types: deb
URIs: {archive}
Suites: {suite} {suite}-updates {suite}-backports
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg

## Ubuntu security updates. Aside from URIs and Suites,
## this should mirror your choices in the previous section.
Types: deb
URIs: {security}
Suites: {suite}-security
Components: main universe restricted multiverse
Signed-By: /usr/share/keyrings/ubuntu-archive-keyring.gpg
"""
STUB = """\
# Ubuntu sources have moved to the /etc/apt/sources.list.d/ubuntu.sources
# file, which uses the deb822 format. Use deb822-formatted .sources files
# to manage package sources in the /etc/apt/sources.list.d/ directory.
# See the sources.list(5) manual page for details.
"""
ONE_LINE = """\
deb http://archive.example/ubuntu/ jammy main restricted
# deb-src http://archive.example/ubuntu/ jammy main restricted
deb http://archive.example/ubuntu/ jammy-updates main restricted
deb http://archive.example/ubuntu/ jammy universe
deb http://security.example/ubuntu/ jammy-security main restricted
"""
MIRROR, PORTS = "http://mirror.example/ubuntu", "http://mirror.example/ubuntu-ports"


@dataclasses.dataclass(frozen=True)
class Ubuntu:
    """A release on an architecture: its files, its archives, and which mirror it goes to."""

    suite: str
    architecture: str
    archive: str
    security: str
    mirror: str

    @property
    def files(self) -> dict[str, str]:
        """What stands in the folder that as_ubuntu.sh shows as the machine's own."""
        lists = {"apt/sources.list": ONE_LINE}
        if self.suite != "jammy":
            deb822 = DEB822.format(**dataclasses.asdict(self))
            lists = {"apt/sources.list": STUB, "apt/sources.list.d/ubuntu.sources": deb822}
        return lists | {
            "architecture": self.architecture + "\n",
            "os-release": f"ID=ubuntu\nVERSION_CODENAME={self.suite}\n",
        }


ARCHIVE, SECURITY = "http://archive.example/ubuntu/", "http://security.example/ubuntu/"
PORTS_ARCHIVE = "http://ports.example/ubuntu-ports/"
UBUNTUS = [
    Ubuntu("jammy", "amd64", ARCHIVE, SECURITY, MIRROR),
    Ubuntu("noble", "amd64", ARCHIVE, SECURITY, MIRROR),
    Ubuntu("noble", "arm64", PORTS_ARCHIVE, PORTS_ARCHIVE, PORTS),
]


@pytest.mark.parametrize(
    "ubuntu", UBUNTUS, ids=lambda ubuntu: f"{ubuntu.suite}-{ubuntu.architecture}"
)
def test_apt_goes_to_a_mirror_and_back(machine: Machine, ubuntu: Ubuntu) -> None:
    """The security archive stays Ubuntu's own, a second run has nothing to do, and going back gives the same files."""
    laid = "\n".join(f"cat > {name} << 'END'\n{text}END" for name, text in ubuntu.files.items())
    folder = machine.out(f"cd $(mktemp -d) && mkdir -p apt/sources.list.d && pwd\n{laid}")
    shell = (ON_SEAT / "as_ubuntu.sh").read_text("utf-8")
    digests = "cd /etc/apt && find . -type f -exec sha256sum {} +"

    def as_ubuntu(command: str) -> str:
        return machine.out(f"sh -c {shlex.quote(shell)} as-ubuntu {folder} {shlex.quote(command)}")

    def pointed(*mirrors: str) -> tuple[bool, dict[str, str]]:
        words = " ".join(map(shlex.quote, mirrors))
        said = as_ubuntu(
            f"sh -c {shlex.quote(SOURCES.read_text('utf-8'))} sources {words}; {INDICES}"
        )
        return said.startswith("changed"), archives(said)

    before = as_ubuntu(digests)
    unchanged, asked = pointed("", "", "")
    own = {s: ubuntu.archive.rstrip("/") for s in asked if not s.endswith("-security")}
    security = {f"{ubuntu.suite}-security": ubuntu.security.rstrip("/")}
    assert len(own) > 1
    assert (unchanged, asked) == (False, own | security)
    mirrored = dict.fromkeys(own, ubuntu.mirror)
    assert pointed(MIRROR, PORTS, "") == (True, mirrored | security)
    assert pointed(MIRROR, PORTS, "") == (False, mirrored | security)
    other = dict.fromkeys(security, MIRROR + "-security")
    assert pointed(MIRROR, PORTS, MIRROR + "-security") == (True, mirrored | other)
    assert pointed("", "", "") == (True, own | security)
    assert as_ubuntu(digests) == before

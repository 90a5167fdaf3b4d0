"""Hosts that nobody has here: tiny programs that answer as the tools of such a host do, exit codes and output alike.

Each stands alone on PATH. What cannot be served is refused in one line that names it, and nothing was changed.
"""

from __future__ import annotations

import json
import os
import platform
import pwd
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from host import account, commands, diagnose, engine, install, libvirt, providers
from host.errors import HostError
from host.image import build
from host.paths import ROOT
from tests.support.checkout import Checkout

ARCHITECTURE = platform.machine()
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
# What changes a host, by the beginning of the command line.
CHANGES = ("apt-get install", "apt-get update", "docker create", "docker pull", "docker run",
           "docker import", "dockerd", "groupadd", "usermod", "systemctl start", "mmdebstrap")  # fmt: skip


class StandIns:
    """A folder of programs that stands for all of PATH; each notes how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._calls = folder.parent / "calls"

    def add(self, name: str, answers: Mapping[str, tuple[int, str, str]]) -> None:
        """Add a program; `answers` are exit code, output and complaint by how the arguments begin."""
        cases = [
            f"{shlex.quote(begin)}*) printf %s {shlex.quote(out)}; printf %s {shlex.quote(err)} >&2; exit {code};;"
            for begin, (code, out, err) in answers.items()
        ]
        script = [
            "#!/bin/sh",
            f'echo "{name} $*" >> {shlex.quote(str(self._calls))}',
            'case "$*" in',
            *cases,
            f'*) echo "{name}: unexpected: $*" >&2; exit 99;;',
            "esac",
        ]
        self.put(name, "\n".join(script) + "\n")

    def put(self, name: str, script: str) -> None:
        """Add a program that is written out."""
        path = self.folder / name
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def real(self, *names: str) -> None:
        """Let programs of this host be there as well."""
        for name in names:
            found = shutil.which(name, path=PATH)
            assert found is not None, name
            (self.folder / name).symlink_to(found)

    @property
    def calls(self) -> list[str]:
        """How the programs were called, in order."""
        if not self._calls.exists():
            return []
        return self._calls.read_text(encoding="utf-8").splitlines()

    @property
    def changes(self) -> list[str]:
        """The calls that would have changed the host."""
        said = [call.replace("-q -o DPkg::Lock::Timeout=300 ", "") for call in self.calls]
        return [call for call in said if call.startswith(CHANGES)]


@pytest.fixture
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """A host without anything, for code that is called here; nothing of the account's points to an engine."""
    made = StandIns(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(made.folder))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    # Whoever runs the tests: root, unless a test is about somebody else.
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    # Commands that only root's PATH has are this machine's.
    monkeypatch.setattr(install, "find", lambda name: shutil.which(name, path=str(made.folder)))
    monkeypatch.setattr(engine, "LOGS", tmp_path / "log")
    monkeypatch.setattr(install, "LOGS", tmp_path / "log")
    monkeypatch.setattr(build, "LOGS", tmp_path / "log")
    monkeypatch.setattr(build, "BUILD", tmp_path / "build")
    for module in (engine, libvirt):
        monkeypatch.setattr(module, "SYSTEMD", tmp_path / "no systemd")
    engine._verify_engine.cache_clear()
    return made


def version(server: str | None, api: str = "1.47", **other: Any) -> str:
    """What `docker version --format '{{json .}}'` prints (docker-cli, cli/command/system/version.go)."""
    client = {"Version": "28.2.2", "ApiVersion": api, "Os": "linux", "Arch": "amd64",
              "Context": "default"}  # fmt: skip
    if server is None:
        return json.dumps({"Client": client, "Server": None}) + "\n"
    parts = [{"Name": "Engine", "Version": server}, {"Name": "containerd", "Version": "1.7.24"}]
    told = {"Platform": {"Name": ""}, "Components": parts, "Version": server, "ApiVersion": api,
            "MinAPIVersion": "1.24", "Os": "linux", "Arch": "amd64", **other}  # fmt: skip
    return json.dumps({"Client": client, "Server": told}) + "\n"


def info(server: str = "28.2.2", **other: Any) -> str:
    """What `docker info --format '{{json .}}'` prints."""
    told = {"ServerVersion": server, "OSType": "linux", "Architecture": ARCHITECTURE,
            "OperatingSystem": "Debian GNU/Linux 13 (trixie)", "DockerRootDir": "/var/lib/docker",
            "CgroupVersion": "2",
            "SecurityOptions": ["name=apparmor", "name=seccomp,profile=builtin", "name=cgroupns"],
            **other}  # fmt: skip
    return json.dumps(told) + "\n"


def docker(
    asked: tuple[int, str, str] | None = None,
    known: str | None = None,
    endpoint: str = "unix:///var/run/docker.sock",
) -> dict[str, tuple[int, str, str]]:
    """The answers of a docker command."""
    return {
        "--version": (0, "Docker version 28.2.2, build e6534b4\n", ""),
        "context inspect": (0, endpoint + "\n", ""),
        "version": asked or (0, version("28.2.2"), ""),
        "info": (0, known or info(), ""),
    }


DEAD = (
    1,
    version(None),
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n",
)
DENIED = (
    1,
    version(None),
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://'
    '%2Fvar%2Frun%2Fdocker.sock/v1.47/version": dial unix /var/run/docker.sock: connect: permission denied\n',
)
# podman 4.3.1 and 5.4.2 as podman-docker; their version has no server, and `{{.Server.Version}}` ends with 0 there.
PODMAN = {
    "--version": (0, "podman version 4.3.1\n", "Emulate Docker CLI using podman.\n"),
    "version --format {{.Server.Version}}": (0, "4.3.1\n", "Emulate Docker CLI using podman.\n"),
    "version": (
        0,
        '{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","GoVersion":"go1.19.8","GitCommit":"","BuiltTime":"Thu Jan  1 '
        '00:00:00 1970","Built":0,"OsArch":"linux/amd64","Os":"linux"}}\n',
        "Emulate Docker CLI using podman.\n",
    ),
    "info": (0, '{"host": {"arch": "amd64"}}\n', ""),
    "context": (0, "", ""),
}
PODMAN_SOCKET = version(
    "4.3.1", api="1.41", Components=[{"Name": "Podman Engine", "Version": "4.3.1"}]
)


REFUSED: dict[str, tuple[dict[str, tuple[int, str, str]], list[str]]] = {
    "podman-docker": (PODMAN, ["podman version 4.3.1", "podman-docker"]),
    "podman's socket": (docker((0, PODMAN_SOCKET, "")), ["Podman Engine 4.3.1", "DOCKER_HOST"]),
    "rootless": (
        docker(known=info(SecurityOptions=["name=seccomp,profile=builtin", "name=rootless"])),
        ["rootless", "docker context use default"],
    ),
    "userns-remap": (
        docker(known=info(SecurityOptions=["name=seccomp,profile=default", "name=userns"])),
        ["userns-remap", "daemon.json"],
    ),
    "SELinux": (
        docker(known=info(SecurityOptions=["name=seccomp,profile=default", "name=selinux"])),
        ["SELinux", "selinux-enabled"],
    ),
    "Windows containers": (
        docker((0, version("28.2.2", Os="windows"), "")),
        ["windows", "Linux 容器"],
    ),
    "another architecture": (docker(known=info(Architecture="riscv64")), ["riscv64", ARCHITECTURE]),
    "Docker 19.03": (docker((0, version("19.03.15", api="1.40"), "")), ["19.03.15", "20.10"]),
    "snap's daemon": (
        docker(known=info(DockerRootDir="/var/snap/docker/common/var-lib-docker")),
        ["snap", "snap remove docker"],
    ),
    "tcp": (
        docker(endpoint="tcp://192.0.2.7:2375"),
        ["tcp://192.0.2.7:2375", "unset DOCKER_HOST"],
    ),
    "ssh": (docker(DEAD, endpoint="ssh://lab@build"), ["ssh://lab@build", "context use default"]),
    "a dead socket": (
        docker(DEAD, endpoint="unix:///home/u/.docker/desktop/docker.sock"),
        ["unix:///home/u/.docker/desktop/docker.sock", "打开"],
    ),
    "a context that is gone": (
        docker((1, "", 'Failed to initialize: context "school": context not found\n'))
        | {"context inspect": (1, "", 'context "school" does not exist\n')},
        ['context "school" does not exist', "DOCKER_CONTEXT"],
    ),
    "an engine that will not say what it is": (
        docker(known='{"ServerVersion":"","ServerErrors":["Error response from daemon"]}'),
        ["docker info"],
    ),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A new clone, which nothing is ever built in."""
    return Checkout(tmp_path_factory.mktemp("clone") / "coursebox")


def refused(checkout: Checkout, stand_ins: StandIns, verb: str = "up", **environ: str) -> str:
    """Run a verb that must fail; return its one line, having seen that nothing was changed."""
    told = {f"COURSEBOX_{name.upper()}": port for name, port in checkout.settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "host", verb],
        cwd=checkout.root,
        env={"PATH": str(stand_ins.folder), "HOME": str(stand_ins.folder), **told, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("coursebox："), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not stand_ins.changes
    assert not (checkout.root / ".venv").exists()
    return done.stderr


@pytest.mark.parametrize("name", REFUSED)
def test_an_engine_that_cannot_carry_seats(stand_ins: StandIns, name: str) -> None:
    """One line says which it is and what to do, and nothing was installed or started."""
    answers, marks = REFUSED[name]
    stand_ins.add("docker", answers)
    with pytest.raises(HostError) as error:
        engine.ensure(lambda text: None)
    said = str(error.value)
    assert not [mark for mark in marks if mark not in said], said
    assert "\n" not in said
    assert not stand_ins.changes


@pytest.mark.parametrize("name", ["podman-docker", "rootless", "tcp"])
def test_make_up_refuses_it(checkout: Checkout, stand_ins: StandIns, name: str) -> None:
    """Before anything else, in one line."""
    answers, marks = REFUSED[name]
    stand_ins.add("docker", answers)
    said = refused(checkout, stand_ins)
    assert not [mark for mark in marks if mark not in said], said


SERVED = {
    "docker.io 20.10": docker(
        (0, version("20.10.24+dfsg1", api="1.41"), ""),
        info("20.10.24+dfsg1", CgroupVersion="1", SecurityOptions=["name=seccomp,profile=default"]),
    ),
    "docker.io 26.1": docker((0, version("26.1.5+dfsg1", api="1.45"), ""), info("26.1.5+dfsg1")),
    "docker.io 28.5": docker((0, version("28.5.2+dfsg4", api="1.51"), ""), info("28.5.2+dfsg4")),
    "Docker's own packages": docker(
        (0, version("28.3.1", Platform={"Name": "Docker Engine - Community"}), ""), info("28.3.1")
    ),
    "Docker Desktop": docker(
        (0, version("28.3.0", Platform={"Name": "Docker Desktop 4.43.1 (198352)"}), ""),
        info("28.3.0", OperatingSystem="Docker Desktop"),
        "unix:///home/u/.docker/desktop/docker.sock",
    ),
    "no security options": docker(known=info(SecurityOptions=None)),
}


@pytest.mark.parametrize("name", SERVED)
def test_an_engine_that_carries_seats(stand_ins: StandIns, name: str) -> None:
    """It answers, and nothing that starts an engine is installed beside it."""
    stand_ins.add("docker", SERVED[name])
    stand_ins.real("apt-get", "dpkg")
    assert engine.verify()
    assert set(engine.tools()) == {"mmdebstrap", "ssh", "ssh-keygen"}
    assert not stand_ins.changes


def test_a_host_without_apt_may_have_all_it_needs(stand_ins: StandIns) -> None:
    """Fedora, Arch or a Mac with an engine can pull images."""
    stand_ins.add("docker", docker())
    stand_ins.real("ssh", "ssh-keygen")
    packages = providers.load("docker").packages()
    install.verify_host(packages)
    assert not packages


def test_a_host_without_apt_and_engine(checkout: Checkout, stand_ins: StandIns) -> None:
    """What to install is named."""
    said = refused(checkout, stand_ins)
    for name in ("docker-cli", "mmdebstrap", "openssh-client", "没有 apt"):
        assert name in said


def test_without_mmdebstrap_an_image_that_cannot_be_pulled_is_told(stand_ins: StandIns) -> None:
    """It was a traceback."""
    said = build._build("trixie", "", "coursebox-base:trixie", [])
    assert "mmdebstrap" in said
    assert "registry" in said


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("E: gpg: NO_PUBKEY 6ED0E7B82643E131", "debian-archive-keyring"),
        ("E: The repository 'http://x trixie Release' does not have a Release file.", "suite"),
        ("E: Clearsigned file isn't valid, got 'NODATA' (does the network require auth", "校园网"),
        (
            "W: Temporary failure resolving 'deb.example'",
            "检查网络，或在 settings/local.yml 里设 mirror",
        ),
        ("Unknown option: customize-hook", "mmdebstrap 太旧"),
        ("dpkg: error: No space left on device", "磁盘满了"),
    ],
)
def test_mmdebstrap_that_fails(stand_ins: StandIns, said: str, cure: str) -> None:
    """One line with the cure, and no image under the name."""
    stand_ins.real("setsid", "cat")
    stand_ins.add("mmdebstrap", {"": (1, "", said + "\nE: apt-get update failed\n")})
    stand_ins.put(
        "docker", '#!/bin/sh\ncase "$1" in import) cat > /dev/null;; tag) exit 9;; esac\n'
    )
    told = build._build("trixie", "", "coursebox-base:trixie", [])
    assert cure in told
    assert "\n" not in told


# --- an engine that has to be started


@pytest.fixture
def bare(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """A host whose engine does not run, and whose waiting is short."""
    stand_ins.add("docker", docker(DEAD))
    stand_ins.real("setsid", "sleep")
    monkeypatch.setattr(engine, "_DEADLINE", 1.0)
    monkeypatch.setattr(engine, "_SOCKET_SECONDS", 0.2)
    monkeypatch.setattr(engine, "_PID_FILE", stand_ins.folder / "no.pid")
    return stand_ins


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("iptables v1.8.7 (legacy): can't initialize iptables table `nat': Table does not exist", "modprobe"),
        ("iptables/1.8.9 Failed to initialize nft: Protocol not supported", "iptables-legacy"),
        ("unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid", "daemon.json"),
        ("overlay2: the backing xfs filesystem is formatted without d_type support", "ext4"),
        ("error initializing graphdriver: driver not supported: overlay2", "ext4"),
        ("failed to start daemon: Devices cgroup isn't mounted", "cgroup"),
        ("could not find an available, non-overlapping IPv4 address pool among the", "default-address-pools"),
        ("process with PID 123 is still running", "docker.pid"),
        ("mkdir /var/lib/docker: no space left on device", "磁盘满了"),
        ("open /proc/sys/net/ipv4/ip_forward: read-only file system", "/proc/sys"),
        ("mount /var/lib/docker: operation not permitted", "nesting"),
    ],
)  # fmt: skip
def test_a_daemon_that_ends_at_once(bare: StandIns, said: str, cure: str) -> None:
    """What it said last is turned into a cure, in one line."""
    bare.put(
        "dockerd", f"#!/bin/sh\necho {shlex.quote('failed to start daemon: ' + said)} >&2\nexit 1\n"
    )
    with pytest.raises(HostError, match=cure) as error:
        engine.ensure(lambda text: None)
    assert "\n" not in str(error.value)


def test_a_daemon_that_never_answers(bare: StandIns) -> None:
    """The wait ends, and says what docker says."""
    bare.put("dockerd", "#!/bin/sh\nexec sleep 3\n")
    with pytest.raises(HostError, match="Is the docker daemon running"):
        engine.ensure(lambda text: None)


def test_a_socket_that_goes_on_refusing(bare: StandIns) -> None:
    """Whoever is not let in is not told to wait."""
    bare.add("docker", docker(DENIED))
    bare.put("dockerd", "#!/bin/sh\nexec sleep 3\n")
    with pytest.raises(HostError, match="不让这个用户") as error:
        engine.ensure(lambda text: None)
    assert "permission denied" in str(error.value)


@pytest.fixture
def systemd(bare: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """The same with systemd as first process."""
    monkeypatch.setattr(engine, "SYSTEMD", bare.folder)
    return bare


def systemctl(**other: tuple[int, str, str]) -> dict[str, tuple[int, str, str]]:
    """The answers of a systemctl whose docker can be started."""
    answers = {
        "is-enabled": (1, "disabled\nenabled\n", ""),
        "cat": (0, "[Unit]\n", ""),
        "start": (0, "", ""),
    }
    return {**answers, **{name.replace("_", "-"): answer for name, answer in other.items()}}


def test_a_masked_service(systemd: StandIns) -> None:
    """Nothing is installed or started: it has to be unmasked."""
    systemd.add("systemctl", systemctl(is_enabled=(1, "enabled\nmasked\n", "")))
    with pytest.raises(HostError, match=r"systemctl unmask docker\.service docker\.socket"):
        engine.verify()
    assert not systemd.changes


def test_a_service_that_fails(systemd: StandIns) -> None:
    """The journal knows why; systemctl does not."""
    failed = "Job for docker.service failed because the control process exited with error code.\n"
    systemd.add("systemctl", systemctl(start=(1, "", failed)))
    systemd.add(
        "journalctl", {"": (0, "iptables: Table does not exist (do you need to insmod?)\n", "")}
    )
    with pytest.raises(HostError, match="modprobe"):
        engine.ensure(lambda text: None)


def test_a_service_whose_start_hangs(systemd: StandIns) -> None:
    """It is given up."""
    systemd.put("systemctl", '#!/bin/sh\ncase "$1" in start) exec sleep 30;; esac\n')
    systemd.add("journalctl", {"": (0, "", "")})
    with pytest.raises(HostError, match="systemctl start docker 没有成功"):
        engine.ensure(lambda text: None)


def test_an_engine_without_a_service_is_started_by_hand(systemd: StandIns) -> None:
    """As Docker's static programs are."""
    systemd.add("systemctl", systemctl(cat=(1, "", "No files found for docker.service.\n")))
    systemd.put("dockerd", "#!/bin/sh\necho 'no space left on device'\nexit 1\n")
    with pytest.raises(HostError, match="磁盘满了"):
        engine.ensure(lambda text: None)
    assert not [call for call in systemd.calls if call.startswith("systemctl start")]


def test_a_kernel_without_namespaces(bare: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are named."""
    folder = bare.folder.parent / "ns"
    folder.mkdir()
    for name in ("ipc", "mnt", "uts", "cgroup"):
        (folder / name).touch()
    monkeypatch.setattr(engine, "_NAMESPACES", folder)
    with pytest.raises(HostError, match="namespace net pid"):
        engine.verify()


def test_a_kernel_without_cgroup_v2(bare: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """As WSL 1 and OpenVZ have it."""
    known = bare.folder.parent / "filesystems"
    known.write_text("nodev\tsysfs\nnodev\tcgroup\n\text4\n", encoding="ascii")
    monkeypatch.setattr(engine, "_FILE_SYSTEMS", known)
    with pytest.raises(HostError, match=r"cgroup v2.*WSL 2"):
        engine.verify()


def test_a_mac_whose_engine_is_off(bare: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no /proc, and no daemon to start."""
    monkeypatch.setattr(sys, "platform", "darwin")
    for name in ("_INOTIFY", "_ROUTES", "_ROUTES_6", "_FILE_SYSTEMS", "_NAMESPACES"):
        monkeypatch.setattr(engine, name, bare.folder / "nothing")
    with pytest.raises(HostError, match="打开 Docker Desktop"):
        engine.ensure(lambda text: None)
    bare.add("docker", docker())
    assert engine.ensure(lambda text: None) == "已在运行"


HEADING = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
BRIDGE = "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
NETWORK = "eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
NOWHERE = f"{'0' * 32} 00 {'0' * 32} 00 {'0' * 32} ffffffff 00000001 00000000 00200200       lo\n"
OUT_6 = (
    f"{'0' * 32} 00 {'0' * 32} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003     eth0\n"
)


@pytest.mark.parametrize(
    ("ipv4", "ipv6", "is_refused"),
    [
        (BRIDGE, NOWHERE + OUT_6, True),
        ("", OUT_6, True),
        (BRIDGE + NETWORK, OUT_6, False),
        ("", NOWHERE, False),
    ],
)
def test_a_host_with_ipv6_alone(
    stand_ins: StandIns,
    monkeypatch: pytest.MonkeyPatch,
    ipv4: str,
    ipv6: str,
    is_refused: bool,
) -> None:
    """Seats go out by IPv4; a host that has no network at all is told so where it is missed."""
    stand_ins.add("docker", docker())
    for name, text in {"_ROUTES": HEADING + ipv4, "_ROUTES_6": ipv6}.items():
        path = stand_ins.folder.parent / name
        path.write_text(text, encoding="ascii")
        monkeypatch.setattr(engine, name, path)
    if is_refused:
        with pytest.raises(HostError, match="只有 IPv6"):
            engine.verify()
    else:
        assert engine.verify()


# --- an account other than root


@pytest.fixture
def student(stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """An account other than root, without a terminal."""
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(commands, "_at_terminal", lambda: False)
    return stand_ins


@pytest.mark.parametrize(
    ("said", "cure"),
    [
        ("sudo: a password is required\n", "没有终端"),
        ("sudo: interactive authentication is required\n", "没有终端"),
        ("zhang is not in the sudoers file.\n", "管理员"),
        ("Sorry, user zhang is not allowed to execute '/usr/bin/true' as root on pc.\n", "管理员"),
        ("sudo: I'm sorry zhang. I'm afraid I can't do that\n", "管理员"),
    ],
)
def test_a_sudo_that_does_not_help(student: StandIns, said: str, cure: str) -> None:
    """It is told at once, with sudo's own words; nothing hangs at a question that nobody sees."""
    student.add("sudo", {"-n true": (1, "", said)})
    with pytest.raises(HostError, match=cure) as error:
        commands.as_root(["apt-get", "update"])
    assert said.strip() in str(error.value)
    assert student.calls == ["sudo -n true"]


def test_an_account_without_sudo(student: StandIns) -> None:
    """Who lacks sudo is told."""
    with pytest.raises(HostError, match="apt install sudo"):
        commands.as_root(["true"])


def test_a_password_is_asked_for_at_a_terminal(
    student: StandIns, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Once, before what needs it; an account that sudo then lets do it goes on."""
    monkeypatch.setattr(commands, "_at_terminal", lambda: True)
    known = student.folder.parent / "known"
    student.put(
        "sudo",
        f'#!/bin/sh\ncase "$1" in -v) : > {known}; exit 0;; -n) test -e {known};; esac\n',
    )
    student.real("test")
    assert commands.as_root(["true"]) == ["sudo", "-n", "--", "true"]
    assert "密码" in capfd.readouterr().err
    assert commands.as_root(["true"]) == ["sudo", "-n", "--", "true"]
    assert "密码" not in capfd.readouterr().err


def test_a_sudo_that_forgets(student: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """timestamp_timeout=0: the password would be asked for by each of many commands."""
    monkeypatch.setattr(commands, "_at_terminal", lambda: True)
    student.add("sudo", {"-v": (0, "", ""), "-n": (1, "", "sudo: a password is required\n")})
    with pytest.raises(HostError, match="timestamp_timeout"):
        commands.as_root(["true"])


def test_inotify_that_may_not_be_raised_is_no_obstacle(
    student: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account without sudo may use an engine that stands."""
    low = student.folder.parent / "max_user_instances"
    low.write_text("128\n", encoding="ascii")
    monkeypatch.setattr(engine, "_INOTIFY", low)
    student.add("docker", docker())
    said: list[str] = []
    assert engine.ensure(said.append) == "已在运行"
    assert "20 个座位" in said[0]


class Started(Exception):
    """Stands for this process's becoming another."""


@pytest.fixture
def outsider(student: StandIns, monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """An account that the engine refuses: in no group, but with sudo."""

    def become(file: str, arguments: list[str]) -> None:
        raise Started(arguments)

    monkeypatch.setattr(os, "execvp", become)
    monkeypatch.setattr(account, "_is_in", lambda group: False)
    monkeypatch.setattr(account, "_members", lambda group: [])
    student.put("sudo", '#!/bin/sh\nshift 2; case "$1" in "") ;; *) exec "$@";; esac\n')
    student.add("groupadd", {"": (0, "", "")})
    student.add("usermod", {"": (0, "", "")})
    student.add("docker", docker(DENIED))
    return student


def test_an_engine_that_refuses_is_not_one_that_answers(outsider: StandIns) -> None:
    """Its group is joined, and the command started again as it was, blanks and all."""
    outsider.add("sg", {"docker -c id -Gn": (0, "zhang docker\n", "")})
    again = ["python3", "-m", "host", "ssh", "--cmd", "echo  $HOME 'a b'"]
    with pytest.raises(Started) as started:
        engine.join_group(again)
    sg, group, option, line = started.value.args[0]
    assert (sg, group, option) == ("sg", "docker", "-c")
    assert shlex.split(line) == again
    assert [call.split()[0] for call in outsider.calls if "mod" in call or "add" in call] == [
        "groupadd",
        "usermod",
    ]


@pytest.mark.parametrize(
    "sg", [None, (1, "", "sg: failed to crypt password\n"), (0, "zhang\n", "")]
)
def test_a_group_that_cannot_be_entered_now(
    outsider: StandIns, sg: tuple[int, str, str] | None
) -> None:
    """Without sg (Debian 14 has it in a package of its own), or with one that does not help, one logs in again."""
    if sg is not None:
        outsider.add("sg", {"": sg})
    with pytest.raises(HostError, match="重新登录"):
        engine.join_group(["python3"])


def test_who_is_in_the_group_already_needs_no_sudo(
    outsider: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the login is older than the membership."""
    monkeypatch.setattr(account, "_members", lambda group: [pwd.getpwuid(os.geteuid()).pw_name])
    outsider.add("sg", {"": (0, "docker\n", "")})
    (outsider.folder / "sudo").unlink()
    with pytest.raises(Started):
        engine.join_group(["python3"])


# --- Vagrant and libvirt

POLICY = """\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 http://mirror.example/ubuntu noble/main amd64 Packages
     release v=24.04,o=Ubuntu,a=noble,n=noble,l=Ubuntu,c=main,b=amd64
"""
NO_LISTS = "Package files:\n 100 /var/lib/dpkg/status\n     release a=now\nPinned packages:\n"
HIDDEN = "vagrant:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n     2.3.7 -1\n"


@pytest.mark.parametrize("policy", ["", HIDDEN])
def test_an_archive_without_vagrant(checkout: Checkout, stand_ins: StandIns, policy: str) -> None:
    """Ubuntu 24.04 and later, or a preference that hides it: told before anything else, and from where one has it."""
    stand_ins.real("dpkg")
    stand_ins.add("apt-get", {})
    stand_ins.add("apt-cache", {"policy vagrant": (0, policy, ""), "policy": (0, POLICY, "")})
    said = refused(checkout, stand_ins, COURSEBOX_PROVIDER="libvirt")
    assert "没有 Vagrant" in said
    assert "PROVIDER=docker" in said
    page = ROOT / said.split("请按 ")[1].split(" ")[0]
    assert "hashicorp" in page.read_text(encoding="utf-8")


def test_a_host_without_lists_reads_them_first(stand_ins: StandIns) -> None:
    """What apt does not know yet may still be there."""
    stand_ins.real("dpkg", "env")
    stand_ins.add("apt-cache", {"policy vagrant": (0, "", ""), "policy": (0, NO_LISTS, "")})
    stand_ins.add("apt-get", {"": (0, "", "")})
    with pytest.raises(HostError, match="没有 Vagrant"):
        install.verify_vagrant()
    assert stand_ins.changes == ["apt-get update"]


@pytest.mark.parametrize(
    ("answer", "mark"),
    [
        ((1, "", "/usr/lib/ruby/rubygems.rb:265:in `find_spec_for_exe': can't find gem\n"), "gem"),
        ((127, "", "rbenv: vagrant: command not found\n"), "rbenv"),
        ((0, "Vagrant 2.1.5\n", ""), "2.1.5"),
        ((0, "", ""), "用不了"),
    ],
)
def test_a_vagrant_that_does_not_work(
    stand_ins: StandIns, answer: tuple[int, str, str], mark: str
) -> None:
    """A broken tree of gems, a shim with nothing behind it, one that is too old."""
    stand_ins.add("vagrant", {"--version": answer})
    with pytest.raises(HostError, match=mark) as error:
        providers.load("libvirt").packages()
    assert str(stand_ins.folder / "vagrant") in str(error.value)


@pytest.mark.parametrize("said", ["Vagrant 2.3.4\n", "Vagrant 2.3.7\n", "Vagrant 2.4.9\n"])
def test_a_vagrant_that_works(stand_ins: StandIns, said: str) -> None:
    """Debian's and HashiCorp's alike."""
    stand_ins.add("vagrant", {"--version": (0, said, "")})
    install.verify_vagrant()


@pytest.mark.parametrize(
    "listed", [(0, "No plugins installed.\n", ""), (1, "", "Vagrant failed to initialize\n")]
)
def test_hashicorps_vagrant_without_the_plugin(
    stand_ins: StandIns, monkeypatch: pytest.MonkeyPatch, listed: tuple[int, str, str]
) -> None:
    """The distribution's plugin would not be seen by it."""
    monkeypatch.setattr("host.providers.libvirt._HASHICORP", stand_ins.folder)
    stand_ins.add("vagrant", {"--version": (0, "Vagrant 2.4.9\n", ""), "plugin list": listed})
    with pytest.raises(HostError, match="vagrant plugin install vagrant-libvirt"):
        providers.load("libvirt").packages()


POLKIT = (
    "error: failed to connect to the hypervisor\nerror: authentication unavailable: no polkit agent available to "
    "authenticate action 'org.libvirt.unix.manage'\n"
)
NOT_LET_IN = (
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to "
    "'/var/run/libvirt/libvirt-sock': Permission denied\n"
)
OFF = (
    "error: failed to connect to the hypervisor\nerror: Failed to connect socket to "
    "'/var/run/libvirt/virtqemud-sock': No such file or directory\n"
)


def test_sg_is_installed_where_it_is_missing(outsider: StandIns) -> None:
    """From the package that Debian testing moved it to."""
    outsider.real("env")
    outsider.add("dpkg", {"--audit": (0, "", "")})
    outsider.add("apt-cache", {"policy util-linux-extra": (0, "  Candidate: 2.42\n", "")})
    outsider.add("apt-get", {"": (0, "", "")})
    with pytest.raises(HostError, match="重新登录"):
        engine.join_group(["python3"])
    (installed,) = [call for call in outsider.calls if "apt-get" in call and " install " in call]
    assert installed.endswith(" util-linux-extra")


@pytest.mark.parametrize("said", [POLKIT, NOT_LET_IN])
def test_a_libvirt_that_refuses_the_account(outsider: StandIns, said: str) -> None:
    """Its group is joined, as the engine's is; nothing waits for what cannot come."""
    outsider.add("virsh", {"": (1, "", said)})
    outsider.add("sg", {"libvirt -c id -Gn": (0, "zhang libvirt\n", "")})
    with pytest.raises(Started):
        libvirt.join_group(["python3"])
    assert "usermod --append --groups libvirt" in " ".join(outsider.calls)
    assert "libvirtd" not in libvirt.tools()


def test_a_libvirt_that_goes_on_refusing(bare: StandIns) -> None:
    """At once, in one line, with libvirt's own words."""
    bare.add("virsh", {"": (1, "", POLKIT)})
    for daemon in ("virtlogd", "libvirtd"):
        bare.add(daemon, {"": (0, "", "")})
    with pytest.raises(HostError, match=r"polkit agent.*libvirt 组") as error:
        libvirt.ensure(lambda text: None)
    assert "\n" not in str(error.value)


def test_a_libvirt_of_many_daemons(bare: StandIns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no libvirtd, each daemon is started, and none is installed."""
    monkeypatch.setattr(libvirt, "_DEADLINE", 0.1)
    monkeypatch.setattr(libvirt, "_runs", lambda name: False)
    bare.add("virsh", {"": (1, "", OFF)})
    daemons = ["virtlogd", "virtnetworkd", "virtstoraged", "virtnodedevd", "virtqemud"]
    for daemon in daemons:
        bare.add(daemon, {"--daemon": (0, "", "")})
    assert "libvirtd" not in libvirt.tools()
    with pytest.raises(HostError, match="没有应答"):
        libvirt.ensure(lambda text: None)
    assert [call.split()[0] for call in bare.calls if "--daemon" in call] == daemons


@pytest.mark.parametrize(
    ("cat", "started"),
    [((0, "[Unit]\n", ""), "libvirtd.service"), ((1, "", "No files found\n"), "virtqemud.socket")],
)
def test_the_units_of_libvirt(stand_ins: StandIns, cat: tuple[int, str, str], started: str) -> None:
    """Debian's one daemon, or the sockets of many, as Fedora has them."""
    stand_ins.add("systemctl", {"cat": cat})
    assert started in libvirt._units()


def test_apt_removes_nothing_of_the_hosts(stand_ins: StandIns) -> None:
    """Docker's own containerd.io conflicts with Debian's; installing ours would take it from whoever uses it."""
    stand_ins.real("env")
    stand_ins.add("dpkg", {"--audit": (0, "", "")})
    stand_ins.add("apt-cache", {"": (0, "", "")})
    stand_ins.put(
        "apt-get",
        '#!/bin/sh\ncase "$*" in *install*--no-remove*) '
        'echo "E: Packages need to be removed but remove is disabled."; exit 100;; esac\n',
    )
    with pytest.raises(HostError, match="要先卸掉"):
        install.apt(["docker.io"], lambda text: None)


def test_a_cure_is_one_line() -> None:
    """And none is left with a gap."""
    for known in (diagnose.ON_HOST, diagnose.OF_VAGRANT, diagnose.OF_SEATS):
        for mark in known:
            said = diagnose.fix(f"before\n{mark}\nafter", known)
            assert said
            assert "\n" not in said
            assert "{" not in said

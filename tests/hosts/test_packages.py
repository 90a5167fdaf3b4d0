"""Packages that the project names, against the archives' own lists: each is there, installs, and brings what it is for."""

from __future__ import annotations

import functools
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from host import install, libvirt
from host.box import build, course
from host.paths import ROOT

SUITES = ["bookworm", "trixie", "forky"]
# What a host may be asked for, by what for; what machines get, beside it.
HOST_TOOLS = {
    "containers": install.CONTAINER_TOOLS,
    "libvirt": libvirt._TOOLS,
    "group": install.GROUP_TOOLS,
    "vagrant": install.VAGRANT_TOOLS | libvirt.PLUGIN,
    "box": build._TOOLS | build._TOOLS_AMD64,
    "golden box": course.TOOLS,
    "tests": install.TEST_TOOLS,
}
# Links of update-alternatives -> what they lead to.
ALTERNATIVES = {"iptables": "iptables-nft"}
# Debian's archives that lack a package which can be done without there; a test says so when it comes back.
LACKING = {("forky", "vagrant"), ("forky", "vagrant-libvirt")}
# What every system of a suite has, so that it is never installed.
PRESENT = {("bookworm", "sg"), ("trixie", "sg")}
# As far as it is public (launchpad.net, packages.ubuntu.com); their archives could not be reached from here.
UBUNTU_EVERYWHERE = {
    "chromium-browser",
    "curl",
    "dnsmasq-base",
    "docker.io",
    "e2fsprogs",
    "fdisk",
    "grub-efi-amd64-bin",
    "grub-pc-bin",
    "grub2-common",
    "iptables",
    "libvirt-clients",
    "libvirt-daemon-system",
    "login",
    "mmdebstrap",
    "mtools",
    "openssh-client",
    "ovmf",
    "procps",
    "qemu-system-x86",
    "qemu-utils",
    "ruby",
}
UBUNTU = {
    "jammy": UBUNTU_EVERYWHERE | {"vagrant", "vagrant-libvirt"},
    "noble": UBUNTU_EVERYWHERE,
    "resolute": UBUNTU_EVERYWHERE,
}
UBUNTU_LACKING = {"vagrant", "vagrant-libvirt"}
_CONFIGURATION = """\
Dir "{folder}";
Dir::State::status "{folder}/status";
Acquire::Check-Valid-Until "false";
APT::Architecture "amd64";
APT::Architectures {{ "amd64"; }};
APT::Sandbox::User "root";
Acquire::Languages "none";
"""


class Archive:
    """What a suite's archive has, as apt itself reads it, on a host on which nothing is installed."""

    def __init__(self, suite: str, folder: Path) -> None:
        self.suite = suite
        for part in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "var/lib/apt/lists/partial",
                     "var/cache/apt/archives/partial"):  # fmt: skip
            (folder / part).mkdir(parents=True)
        (folder / "status").touch()
        configuration = folder / "apt.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder), encoding="utf-8")
        # Proxy and certificates are this host's own, and so is the mirror.
        (folder / "etc/apt/sources.list").write_text(
            f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {_mirror()} {suite} main\n",
            encoding="utf-8",
        )
        self._environ = {**os.environ, "APT_CONFIG": str(configuration), "LC_ALL": "C"}
        self._run("apt-get", "-q", "update")
        self._folder = folder

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self._environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _contents(self, architecture: str) -> str:
        """Fetch the list of an architecture's files.

        `apt-get update` would hold it to its checksum; a mirror that is behind with it serves all the same here, where nothing
        is installed by what it says.
        """
        target = self._folder / f"Contents-{architecture}.gz"
        source = f"{_mirror().rstrip('/')}/dists/{self.suite}/main/{target.name}"
        self._run("/usr/lib/apt/apt-helper", "download-file", source, str(target))
        return str(target)

    def offers(self, package: str) -> bool:
        """Whether it can be installed."""
        shown = self._run("apt-cache", "policy", package)
        return "Candidate:" in shown and "Candidate: (none)" not in shown

    def choose(self, alternatives: str) -> str:
        """Which of `a|b` is taken here, as the host tool takes it; nothing where a lack is known."""
        names = alternatives.split("|")
        found = next((name for name in names if self.offers(name)), names[-1])
        if (self.suite, found) in LACKING:
            assert not self.offers(found), f"{self.suite} has {found} again"
            return ""
        return found

    def install(self, *packages: str) -> set[str]:
        """Which packages would be installed for these."""
        shown = self._run(
            "apt-get", "-q", "--simulate", "--no-install-recommends", "install", *packages
        )
        return set(re.findall(r"^Inst (\S+)", shown, re.M))

    def brings(self, *packages: str) -> set[str]:
        """What comes with packages, without recommendations."""
        without = [
            f"--no-{each}"
            for each in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")
        ]
        shown = self._run("apt-cache", "depends", "--recurse", *without, *packages)
        return set(re.findall(r"^[a-z0-9]\S*", shown, re.M))

    @functools.cached_property
    def owners(self) -> dict[str, set[str]]:
        """Which packages bring each tool, a command or a file."""
        found: dict[str, set[str]] = {
            name: set() for tools in HOST_TOOLS.values() for name in tools
        }
        files = {ALTERNATIVES.get(name, name): name for name in found}
        paths = [
            file[1:] if file[0] == "/" else rf"(usr/)?s?bin/{re.escape(file)}" for file in files
        ]
        contents = [self._contents(architecture) for architecture in ("amd64", "all")]
        # Half a billion letters: Python would take minutes.
        lines = self._run(
            "zgrep", "-hE", f"^({'|'.join(paths)})[[:space:]]", *contents
        ).splitlines()
        for file, packages in map(str.split, lines):
            name = files.get(f"/{file}") or files[file.rpartition("/")[2]]
            found[name] |= {each.rpartition("/")[2] for each in packages.split(",")}
        return found


def _mirror() -> str:
    """The Debian archive of this host."""
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return next(uri for uri in listed.stdout.split() if not uri.rstrip("/").endswith("security"))


@pytest.fixture(scope="module", params=SUITES)
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Each suite's."""
    return Archive(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("what", HOST_TOOLS)
def test_host_tools(archive: Archive, what: str) -> None:
    """Each command, or file, comes with the package that is named for it, without recommendations."""
    chosen = {tool: archive.choose(named) for tool, named in HOST_TOOLS[what].items()}
    there = {
        tool: package
        for tool, package in chosen.items()
        if package and (archive.suite, tool) not in PRESENT
    }
    assert not [
        tool
        for tool, package in there.items()
        if not archive.owners[tool] & archive.brings(package)
    ]


def names(path: str) -> list[str]:
    """Packages of a list, one a line."""
    return (ROOT / path).read_text(encoding="ascii").split()


def role() -> list[str]:
    """Packages of the course."""
    defaults = yaml.safe_load((ROOT / "roles/packages/defaults/main.yml").read_text("utf-8"))
    wanted: list[str] = defaults["packages_names"] + defaults["packages_downloads"]
    return wanted


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("image", lambda: names("host/image/packages.txt")),
        ("box", lambda: [*names("host/box/packages.txt"), "linux-image-amd64", "systemd-resolved"]),
        ("course", role),
        ("venv", lambda: ["python3-venv"]),
    ],
)
def test_packages_of_machines(archive: Archive, what: str, wanted: Callable[[], list[str]]) -> None:
    """They install together."""
    packages = wanted()
    assert set(packages) <= archive.install(*packages)


@pytest.mark.parametrize("suite", UBUNTU)
@pytest.mark.parametrize("what", HOST_TOOLS)
def test_ubuntu_is_thought_of(suite: str, what: str) -> None:
    """Whoever adds a package says what Ubuntu has in its place."""
    for named in HOST_TOOLS[what].values():
        known = UBUNTU[suite] | (UBUNTU_LACKING - UBUNTU["noble"])
        assert set(named.split("|")) & known, named

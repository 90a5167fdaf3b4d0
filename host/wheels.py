"""Gathers the wheels that a machine needs to provision itself without an index: Ansible's, the lab command's, the labs'."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from host import commands, diagnose, install
from host.errors import HostError
from host.i18n import translated as _
from host.paths import LOGS, ROOT, VENV
from host.steps import Reporter

# Where host/on_seat/bootstrap-ansible.sh looks for them on the machine.
ON_SEAT = "/opt/coursebox-ansible/wheels"
# Says what Python and which requirements they are for; bootstrap-ansible.sh compares it with its own.
MADE_FOR = "made-for"
_SETS = ("ansible", "lab", "seat")
# pip chooses wheels for another Python when asked to, but reads `python_version < "3.11"` as its own, which is this fix.
_PIP = """\
import sys
from pip._internal.cli.main import main
from pip._vendor.packaging import markers
own, python = markers.default_environment, sys.argv[1]
markers.default_environment = lambda: {**own(), "python_version": python, "python_full_version": python + ".0"}
sys.exit(main(sys.argv[2:]))
"""


def gather(folder: Path, python: str, report: Reporter, machine: str = "x86_64") -> None:
    """Fill `folder`, which is replaced whole, with the wheels for a Python such as "3.12" on x86_64 or aarch64.

    Raises HostError when one cannot be had.
    """
    install.venv(report)
    report(_("下载 Python {python} 的 wheel", python=python))
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        _download(scratch, "ansible", python, machine)
        # These pin every one of theirs by hash, dependencies included. A release is made of the same ones everywhere.
        _download(scratch, "lab", python, "x86_64", "--no-deps")
        _download(scratch, "seat", python, machine, "--no-deps")
        (scratch / MADE_FOR).write_text(purpose(python) + "\n", encoding="ascii")
        scratch.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        scratch.rename(folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def purpose(python: str) -> str:
    """Return what wheels are for: the Python, and the digest of what is required."""
    required = b"".join(_requirements(name).read_bytes() for name in _SETS)
    return f"{python} {hashlib.sha256(required).hexdigest()}"


def _requirements(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def _download(folder: Path, name: str, python: str, machine: str, *options: str) -> None:
    log = LOGS / "wheels.log"
    # The oldest distribution that the roles serve has glibc 2.35.
    kinds = [f"manylinux_2_{minor}" for minor in range(35, 4, -1)] + ["manylinux2014"]
    command = [str(VENV / "bin/python"), "-c", _PIP, python, "download", "-q"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--implementation=cp"]
    command += [f"--python-version={python}", *(f"--platform={kind}_{machine}" for kind in kinds)]
    command += [f"--dest={folder}", *options, "-r", str(_requirements(name))]
    if commands.logged(command, log):
        raise HostError(
            diagnose.failure(_("下载不了 wheel"), commands.tail(log), str(log), install.PIP_MIRROR)
        )

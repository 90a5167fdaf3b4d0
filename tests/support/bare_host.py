"""A bare host of Debian's as people have them, nested in a container: made, used by its accounts, and removed."""

from __future__ import annotations

import ast
import configparser
import hashlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from host import image, settings
from host.paths import BUILD, CHECKOUT, ROOT
from tests.support.checkout import Checkout
from tests.support.processes import wait_until

HERE = ROOT / "tests/hosts"
NAME = f"coursebox-{CHECKOUT}-host"
FOLDER = "coursebox"
DEADLINE = 1800.0
BOOT_DEADLINE = 60.0
AUTHORITIES = Path("/usr/local/share/ca-certificates")
# How this machine reaches the archives, which a nested one has to know as well.
APT_WAYS = re.compile(r"Acquire::(Check-|https?::|Retries).*;")
PROXIES = re.compile(r"(https?|no)_proxy", re.I)


class Host:
    """A host of one Debian suite, from bare, on which one account types commands in its copy of the checkout."""

    def __init__(self, suite: str, account: str, folder: Path) -> None:
        """Start it, wait until it has booted, and copy the checkout into the account's home.

        `folder` is an empty one for the copy's own copy. There is one host of a checkout at a time: what an interrupted
        run left behind goes first.
        """
        self.account = account
        # What the account's shell does before each command.
        self.shell = ":"
        remove()
        _docker(
            "run", "--detach", f"--name={NAME}", "--hostname=bare",
            "--cap-add=ALL", "--cap-drop=SYS_RESOURCE", "--cgroupns=private",
            "--security-opt=seccomp=unconfined", "--security-opt=apparmor=unconfined",
            "--security-opt=systempaths=unconfined", "--stop-signal=SIGRTMIN+3",
            "--device=/dev/net/tun", "--tmpfs=/run", "--volume=/var/lib/docker", "--env=container=docker",
            *(f"--volume={path}:{path}:ro" for path in sorted(set(_pip_paths()))),
            ensure_image(suite),
        )  # fmt: skip
        state = partial(self.root, "systemctl is-system-running")
        wait_until(
            lambda: state() in ("running", "degraded"),
            heard=lambda: f"the nested host did not boot: {state()}",
            seconds=BOOT_DEADLINE,
            pause=0.2,
        )
        copy = Checkout(folder)
        with subprocess.Popen(
            ["tar", "-C", copy.root, "-c", "."], stdout=subprocess.PIPE
        ) as packed:
            unpack = f"mkdir {FOLDER}; tar --no-same-owner --no-same-permissions -xC {FOLDER}; git init -q {FOLDER}"
            subprocess.run(
                self._login(unpack), stdin=packed.stdout, check=True, capture_output=True
            )

    def root(self, command: str) -> str:
        """Return what a command of root's prints, however it ends."""
        shown = subprocess.run(
            ["docker", "exec", NAME, "sh", "-c", command], capture_output=True, text=True
        )
        return (shown.stdout + shown.stderr).strip()

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Let the account run a shell command in its checkout, in a login of its own without a keyboard."""
        return subprocess.run(
            self._login(f"{self.shell}; cd {FOLDER} || exit; {command}"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )

    def _login(self, command: str) -> list[str]:
        proxies = "".join(
            f"export {key}={shlex.quote(value)}; "
            for key, value in os.environ.items()
            if PROXIES.fullmatch(key)
        )
        return [
            "docker",
            "exec",
            "-i",
            NAME,
            "runuser",
            "-l",
            self.account,
            "-c",
            proxies + command,
        ]


def remove() -> None:
    """Remove this checkout's nested host with all that it held, where there is one."""
    subprocess.run(["docker", "rm", "--force", "--volumes", NAME], capture_output=True, check=True)


def ensure_image(suite: str) -> str:
    """Make the image of a bare host of that suite unless the engine has it; return its name."""
    name = f"coursebox-host:{suite}"
    mirror = settings.load()["mirror"]
    pip = _pip_conf()
    parts = sorted(HERE / part for part in ("packages.txt", "prepare.sh", "first-process"))
    authorities = sorted(AUTHORITIES.glob("*.crt"))
    digest = hashlib.sha256()
    for path in [*parts, *authorities]:
        digest.update(path.read_bytes())
    command = [
        "mmdebstrap", "--variant=minbase",
        f"--include={','.join((HERE / 'packages.txt').read_text().split())}",
        *(f"--aptopt={way}" for way in _apt_ways()),
        *(f"--customize-hook=copy-in {path} {AUTHORITIES}" for path in authorities),
        f"--customize-hook=copy-in {HERE / 'first-process'} /usr/local/sbin",
        f'--customize-hook=chroot "$1" sh < {HERE / "prepare.sh"}',
        f'--customize-hook=printf %s {shlex.quote(pip)} > "$1/etc/pip.conf"',
        suite, "-", *([mirror] if mirror else []),
    ]  # fmt: skip
    digest.update(repr(command).encode())
    if image.label(name) == digest.hexdigest():
        return name
    BUILD.mkdir(exist_ok=True)
    with (
        (BUILD / "host-image.log").open("w") as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, start_new_session=True
        ) as built,
    ):
        _docker(
            "import", "--change", f"LABEL coursebox={digest.hexdigest()}",
            "--change", 'CMD ["sh", "/usr/local/sbin/first-process"]', "-", f"{name}-partial",
            stdin=built.stdout,
        )  # fmt: skip
    assert built.returncode == 0, (BUILD / "host-image.log").read_text()[-3000:]
    _docker("tag", f"{name}-partial", name)
    _docker("image", "rm", f"{name}-partial")
    return name


def _docker(*arguments: str, stdin: IO[bytes] | None = None) -> str:
    done = subprocess.run(
        ["docker", *arguments], stdin=stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _apt_ways() -> list[str]:
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True)
    return [line for line in dumped.stdout.splitlines() if APT_WAYS.fullmatch(line)]


def _pip() -> dict[str, str]:
    """Return pip's settings of this machine, whether from files or from the environment."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found = {}
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        found[key.rpartition(".")[2]] = str(ast.literal_eval(value))
    return found


def _pip_conf() -> str:
    config = configparser.RawConfigParser()
    config["global"] = _pip()
    text = io.StringIO()
    config.write(text)
    return text.getvalue()


def _pip_paths() -> Iterator[str]:
    """Yield what pip's settings name on this machine: folders of packages, constraints."""
    for key, value in _pip().items():
        # The authorities go into the image.
        for word in value.split() if key != "cert" else []:
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.exists():
                # The pages of an index may name files beside it.
                yield str(path if path == Path(word) else path.parent)

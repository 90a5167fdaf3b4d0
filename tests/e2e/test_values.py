"""A seat that was refused everything is provisioned after all, with other values than the defaults for every variable of every role.

tests/support/other_values.py has the values; what the machine tests read of them, they are told.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from host.paths import ROOT
from tests.support.machine import INDICES, Machine, Run, archives
from tests.support.other_values import values
from tests.support.ssh import SshMachine

LEFT_OUT = (
    ".git",
    ".venv",
    ".vagrant",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    "seats",
    "log",
)
# The machine tests that read what the values say.
READ = (
    "test_home or test_logs_in or test_history or test_host_name or test_locale or test_time_zone_name"
    " or test_asks_the_first or indented or tab_key or prompt"
)


class Proxy(http.server.BaseHTTPRequestHandler):
    """Hands on what apt asks for, and remembers it."""

    asked: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        """Ask for the whole; apt takes that for a part of it as well."""
        self.asked.append(self.path)
        try:
            with urllib.request.urlopen(self.path) as answer:
                self.send_response(200)
                self.send_header("Content-Length", answer.headers["Content-Length"])
                self.end_headers()
                shutil.copyfileobj(answer, self.wfile)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@dataclass
class Seat:
    """The machine with its values, and how its provisioning went."""

    machine: Machine
    values: dict[str, Any]
    first: Run
    folder: Path

    def provision(self, tree: Path = ROOT) -> Run:
        """Provision with the values."""
        return self.machine.provision("-e", f"@{self.folder / 'values.json'}", tree=tree)

    @property
    def with_own_key(self) -> SshMachine:
        """The same machine, to which the student's own key is brought as well."""
        config = self.folder / "ssh_config"
        own = Path(self.machine.ssh_config).read_text("utf-8")
        config.write_text(f"{own}  IdentityFile {self.folder / 'key'}\n", "utf-8")
        return SshMachine(self.machine.name, config)


@pytest.fixture(scope="module")
def seat(bare: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """Provisioned for the first time."""
    folder = tmp_path_factory.mktemp("values")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=other-values",
         "-keyout", folder / "ca.key", "-out", folder / "other-values.crt"], check=True, capture_output=True,
    )  # fmt: skip
    gateway = bare.out("ip route show default").split()[2]
    server = http.server.ThreadingHTTPServer((gateway, 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    defaults = yaml.safe_load((ROOT / "roles/packages/defaults/main.yml").read_text("utf-8"))
    # The same archives under another name.
    renamed = {
        suite: re.sub(r"^(http://[^/]+)", r"\1:80", uri)
        for suite, uri in archives(bare.out(INDICES)).items()
    }
    chosen = values(
        {
            "archive": renamed["bookworm"],
            "security": renamed["bookworm-security"],
            "proxy": f"http://{gateway}:{server.server_address[1]}",
            "key": key.with_suffix(".pub").read_text().strip(),
            "authority": str(folder / "other-values.crt"),
            "packages": defaults["packages_names"],
        }
    )
    (folder / "values.json").write_text(json.dumps(chosen), "utf-8")
    made = Seat(bare, chosen, Run(1, ""), folder)
    made.first = made.provision()
    assert made.first.rc == 0, made.first.output[-5000:]
    yield made
    server.shutdown()
    server.server_close()


def test_a_second_run_changes_nothing(seat: Seat) -> None:
    """With every task of every role; a probe that reads a value otherwise than its role would begin anew for ever."""
    again = seat.provision()
    assert (again.rc, again.changed) == (0, 0), again.changes
    assert "：配置 vim" in again.output


def test_the_machine_tests_read_the_values(seat: Seat) -> None:
    """Account, password, key, home, host name, prompt, locale, time zone, history and vim's indent."""
    os.environ["COURSEBOX_EXPECTED"] = json.dumps(seat.values)
    try:
        tests = seat.with_own_key.test("-k", READ)
    finally:
        del os.environ["COURSEBOX_EXPECTED"]
    assert tests.returncode == 0, tests.stdout[-8000:]
    assert int(re.findall(r"(\d+) passed", tests.stdout)[-1]) > 12


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("sshd -T | grep -i '^permitrootlogin '", "permitrootlogin no"),
        ("sshd -T | grep -i '^maxauthtries '", "maxauthtries 4"),
        ("sshd -T | grep -i '^logingracetime '", "logingracetime 45"),
        ("sshd -T -C user=nobody,host=x,addr=127.0.0.1 | grep -i '^passwordauth'", "passwordauthentication no"),
        ("sshd -T -C user=xuesheng,host=x,addr=127.0.0.1 | grep -i '^passwordauth'", "passwordauthentication yes"),
        ("locale -a | grep -c -e '^de_DE.utf8$' -e '^zh_SG.utf8$'", "2"),
        ("cat /etc/coursebox/owner /etc/coursebox/class", "20269999\n0123456789abcdef"),
        ("apt-config shell X DPkg::Lock::Timeout", "X='123'"),
        ("LC_ALL=C hello", "Hello, world!"),
        ("systemctl is-enabled coursebox-server@7.3", "enabled"),
        ("ss --listening --tcp --no-header 'sport = 8000' | wc -l", "1"),
        ("getent passwd tarena || echo nobody", "nobody"),
        ("apt-get install --no-download -qq figlet > /dev/null 2>&1; figlet -v | wc -l | xargs test 3 -lt && echo here", "here"),
        ("ls /usr/games/sl /var/cache/apt/archives/sl_* 2> /dev/null | wc -l", "0"),
    ],
)  # fmt: skip
def test_a_value_is_there(seat: Seat, command: str, answer: str) -> None:
    """By what the machine itself says."""
    assert seat.machine.out(command) == answer


@pytest.mark.parametrize(
    ("key", "value"), [("timeout", "7"), ("index-url", "http://127.0.0.1:9/simple")]
)
def test_pip_goes_by_it(seat: Seat, key: str, value: str) -> None:
    """As the student calls it."""
    listed = seat.with_own_key.out("pip3 config list", user="xuesheng")
    assert f"global.{key}='{value}'" in listed.splitlines()


def test_the_authority_is_trusted(seat: Seat) -> None:
    """By the seat's own programs."""
    given = (seat.folder / "other-values.crt").read_text()
    verified = seat.machine.run("openssl verify /dev/stdin", stdin=given)
    assert verified.stdout.strip() == "/dev/stdin: OK", verified.stderr


def test_apt_asked_the_mirrors_by_the_proxy(seat: Seat) -> None:
    """For the packages and for the security updates' index."""
    asked = "\n".join(Proxy.asked)
    assert f"{seat.values['packages_mirror']}/pool/main/h/hello" in asked
    assert seat.values["packages_security_mirror"] in asked


def test_the_seats_own_key_does_not_let_the_student_in(seat: Seat) -> None:
    """It lets the provisioning account in alone."""
    assert seat.machine.run("true", user="xuesheng").returncode != 0


def test_the_next_version_replaces_the_last_and_repairs(seat: Seat) -> None:
    """One release stays; the password is given anew, a command of the list comes back."""
    tree = seat.folder / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
    guide = tree / "labfiles/1/1.2/guide.md"
    guide.write_text(guide.read_text("utf-8") + "\nNew.\n", "utf-8")
    machine = seat.machine
    before = machine.out("readlink /opt/coursebox/current")
    machine.out("rm /usr/bin/hello; echo xuesheng:changed | chpasswd")
    changed = machine.out("getent shadow xuesheng")
    done = seat.provision(tree)
    assert done.rc == 0, done.output[-5000:]
    assert machine.out("readlink /opt/coursebox/current") != before
    assert len(machine.out("ls /opt/coursebox/releases").split()) == 1
    assert machine.out("LC_ALL=C hello") == "Hello, world!"
    assert machine.out("getent shadow xuesheng") != changed

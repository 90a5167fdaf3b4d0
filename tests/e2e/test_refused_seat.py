"""A seat that cannot be provisioned: one clear message that names the value and the cure, and nothing changed."""

from __future__ import annotations

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machine import expected
from tests.support.machine import Machine

# What provisioning changes first; on a bare seat none of it is there.
TRACES = (
    f"getent passwd {expected.USER}; ls -d /opt/coursebox /etc/apt/apt.conf.d/60coursebox"
    " /usr/local/share/ca-certificates/*.crt /etc/ssh/sshd_config.d/00-coursebox.conf 2>/dev/null"
)


def refused(bare: Machine, *arguments: str) -> str:
    """Provision, see it fail with one message and without a trace, and return the output."""
    run = bare.provision(*arguments)
    assert run.rc != 0, run.output
    assert run.output.count("fatal:") == 1, run.output
    assert run.changed == 0, run.changes
    assert bare.run(TRACES).stdout == ""
    return run.output


@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [
        ("users_name", "Zhang San", "小写字母"),
        ("users_name", "root", "root"),
        ("users_password", "", "密码"),
        ("system_hostname", "te_du", "短横线"),
        ("packages_mirror", "mirror.example", "http://"),
    ],
)
def test_a_variable_that_cannot_be(bare: Machine, variable: str, value: str, cure: str) -> None:
    """Playbooks that are run without make know the same rules."""
    output = refused(bare, "-e", f'{{"{variable}": "{value}"}}')
    assert variable in output
    assert cure in output


def test_a_suite_that_is_not_supported(bare: Machine) -> None:
    """The seat's own suite is named, and those that are served."""
    output = refused(bare, "-e", '{"preflight_suites": ["noble"]}')
    assert "bookworm" in output
    assert "noble" in output


def test_no_network(bare: Machine) -> None:
    """The archive that does not answer is named."""
    route = bare.out("ip route show default")
    bare.out("ip route del default")
    try:
        output = refused(bare)
    finally:
        bare.out(f"ip route add {route}")
    assert "检查网络" in output


def test_a_mirror_that_does_not_answer(bare: Machine) -> None:
    """The mirror is named, and what apt has stays as it is."""
    output = refused(bare, "-e", "packages_mirror=http://127.0.0.1:9/debian")
    assert "127.0.0.1:9" in output


def test_a_full_disk(bare: Machine) -> None:
    """The place, what is left and what is needed."""
    bare.out("mount -t tmpfs -o size=20m tmpfs /opt")
    try:
        output = refused(bare)
    finally:
        bare.out("umount /opt")
    assert "/opt" in output
    assert "MB" in output


@pytest.fixture
def stranger(tmp_path: Path, bare: Machine) -> Iterator[str]:
    """The address of an https server whose certificate nobody knows, as behind a proxy that signs anew."""
    gateway = bare.out("ip route show default").split()[2]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=proxy",
         "-addext", f"subjectAltName=IP:{gateway}", "-keyout", tmp_path / "key", "-out", tmp_path / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    server = http.server.ThreadingHTTPServer((gateway, 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "crt", tmp_path / "key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://{gateway}:{server.server_address[1]}/simple"
    server.shutdown()
    server.server_close()


def test_a_certificate_that_the_seat_does_not_know(
    bare: Machine, stranger: str, tmp_path: Path
) -> None:
    """The address and the cure are named; with the cure the same address is no obstacle."""
    output = refused(bare, "-e", f"python_index={stranger}")
    assert stranger in output
    assert "ca_certificates_files" in output
    authorities = (
        f'{{"python_index": "{stranger}", "ca_certificates_files": ["{tmp_path / "crt"}"]}}'
    )
    cured = bare.provision("-e", authorities, "--check")
    assert cured.rc == 0, cured.output

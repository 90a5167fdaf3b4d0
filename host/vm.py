"""A virtual machine under QEMU for as long as a piece of work lasts: golden boxes are made in one, boxes are tested in it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from host import commands, libvirt
from host.errors import HostError
from host.i18n import translated as _

# Emulated, on two processors that carry other work as well.
_BOOT_SECONDS = 600.0
_OFF_SECONDS = 300.0
# Vagrant's well-known key has had two names.
_IDENTITIES = ("keys/vagrant", "keys/vagrant.key.rsa")


@dataclass(frozen=True)
class Machine:
    """How one reaches the machine: its port on the host's loopback and an ssh configuration with the host name `vm`."""

    port: int
    ssh_config: Path
    process: subprocess.Popen[str]

    def ssh(self, command: str) -> list[str]:
        """Return the command line that runs a command there as the provisioning account."""
        return ["ssh", "-F", str(self.ssh_config), "vm", command]

    def wait_off(self) -> None:
        """Wait until the machine has switched itself off. Raises HostError."""
        try:
            self.process.wait(_OFF_SECONDS)
        except subprocess.TimeoutExpired:
            raise HostError(
                _("虚拟机在 {seconds:.0f} 秒内没有关机。", seconds=_OFF_SECONDS)
            ) from None


def identity(folder: Path) -> Path:
    """Copy the private key that every Vagrant brings into `folder`, readable by its owner alone; return the copy.

    Raises HostError where no Vagrant is installed.
    """
    places = [Path("/usr/share/rubygems-integration"), Path("/usr/share/vagrant"), Path("/opt")]
    for name in _IDENTITIES:
        for place in places:
            for found in place.glob(f"**/vagrant-[0-9]*/{name}"):
                copy = folder / "identity"
                shutil.copyfile(found, copy)
                copy.chmod(0o600)
                return copy
    raise HostError(
        _("主机上的 Vagrant 没有它自己的公用密钥：请安装 vagrant（apt install vagrant）。")
    )


@contextlib.contextmanager
def booted(folder: Path, port: int, devices: Sequence[str]) -> Iterator[Machine]:
    """Start a machine and wait until a login with Vagrant's key works; it is killed at the end if it still runs.

    `devices` are further arguments of QEMU, in which PORT stands for the forwarding of `port` to the machine's sshd.
    Console (where `devices` say nothing of -serial) and ssh configuration are written into `folder`. Raises HostError.
    """
    console = folder / "console.log"
    console.touch()
    config = folder / "ssh_config"
    options = {
        "HostName": "127.0.0.1",
        "Port": port,
        "User": "vagrant",
        "IdentityFile": identity(folder),
        "IdentitiesOnly": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": "10",
        "UserKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "no",
        "LogLevel": "ERROR",
    }
    config.write_text("Host vm\n" + "".join(f"  {key} {value}\n" for key, value in options.items()))
    # Emulated processors that wait for each other have hung on a busy host, so there is one.
    how = ["kvm", "-cpu", "host", "-smp", "2"]
    if not libvirt.accelerated():
        how = ["tcg", "-cpu", "max", "-smp", "1"]
    command = ["qemu-system-x86_64", "-machine", "q35", "-m", "1024", "-accel", *how]
    command += ["-display", "none"]
    if "-serial" not in devices:
        command += ["-serial", f"file:{console}"]
    command += [device.replace("PORT", f"hostfwd=tcp:127.0.0.1:{port}-:22") for device in devices]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
    machine = Machine(port, config, process)
    try:
        deadline = time.monotonic() + _BOOT_SECONDS
        while commands.run(machine.ssh("true"), timeout=30).returncode:
            if process.poll() is not None:
                raise HostError(_("虚拟机起不来：{said}", said=process.communicate()[1].strip()))
            if time.monotonic() > deadline:
                raise HostError(
                    _(
                        "虚拟机在 {seconds:.0f} 秒内不能登录，它的控制台：\n{tail}",
                        seconds=_BOOT_SECONDS,
                        tail=commands.tail(console),
                    )
                )
        yield machine
    finally:
        process.kill()
        process.communicate()

"""Puts the course on a base box's disk: the disk is booted, provisioned as any other machine, cleaned and switched off."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

from host import commands, golden, install, vm
from host.errors import HostError
from host.i18n import translated as _
from host.steps import Reporter

HERE = Path(__file__).parent
TOOLS = {
    "qemu-system-x86_64": "qemu-system-x86",
    "ssh": "openssh-client",
    "vagrant": "vagrant",
}
# Once nobody is logged in, with the disk read-only (the kernel's sysrq): a shutdown would write logs.
_SWITCH_OFF = """\
setsid sh -c 'while pgrep -u vagrant "^sshd" > /dev/null; do sleep 0.1; done
echo u > /proc/sysrq-trigger
while grep -q "^[^ ]* / ext4 rw" /proc/mounts; do sleep 0.1; done
echo o > /proc/sysrq-trigger' < /dev/null > /dev/null 2>&1 &"""


def install_course(disk: Path, target: Path, report: Reporter) -> None:
    """Make `target`, a disk in the format qcow2, from the base box's disk. Raises HostError."""
    install.venv(report)
    shutil.move(disk, target)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    drive = f"file={target},if=virtio,format=qcow2,discard=unmap,cache=unsafe"
    report(_("开机"))
    with vm.booted(
        target.parent, port, ["-drive", drive, "-nic", "user,model=virtio-net-pci,PORT"]
    ) as machine:
        inventory = target.parent / "inventory.yml"
        host = {
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_user": "vagrant",
            "ansible_ssh_private_key_file": str(target.parent / "identity"),
            "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no",
        }
        inventory.write_text(json.dumps({"seats": {"hosts": {"golden": host}}}), encoding="utf-8")
        report(_("在上面布置课程"))
        golden.provision(inventory)
        report(_("清理并关机"))
        # One login for all of it: without host keys there is no other.
        key = (HERE / "vagrant.pub").read_text(encoding="utf-8").strip()
        script = "\n".join(
            [
                golden.CLEAN.read_text(encoding="utf-8"),
                f"set -- '{key}'",
                (HERE / "account.sh").read_text(encoding="utf-8"),
                "rm -f /var/lib/coursebox-grown",
                "fstrim --all",
                _SWITCH_OFF,
            ]
        )
        cleaned = commands.run(machine.ssh("sudo sh -s"), stdin=script)
        if cleaned.returncode:
            raise HostError(_("清理没有成功：{said}", said=cleaned.stderr.strip()))
        machine.wait_off()
    for name in ("identity", "ssh_config", "inventory.yml", "console.log"):
        (target.parent / name).unlink()

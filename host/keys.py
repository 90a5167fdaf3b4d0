"""The key pair of this checkout: what lets the host into the container seats that it makes."""

from __future__ import annotations

from host import commands
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, KEY


def ensure() -> None:
    """Make the key pair unless it is there. Raises HostError."""
    if KEY.exists() and KEY.with_suffix(".pub").exists():
        return
    BUILD.mkdir(exist_ok=True)
    KEY.unlink(missing_ok=True)
    made = commands.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "coursebox", "-f", str(KEY)]
    )
    if made.returncode:
        raise HostError(
            _(
                "生成不了登录密钥 {key}：{said}",
                key=KEY,
                said=made.stderr.strip() or made.stdout.strip(),
            )
        )

"""One password for each student: made once, kept on the instructor's side, encrypted by ansible-vault.

The vault's own password is a file of the instructor's, outside the checkout; `ansible-vault view` opens the rest with it.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, get_file_vault_secret, is_encrypted

from classroom.files import replace
from classroom.i18n import translated as _
from host.lock import alone

NAME = "passwords.vault"
# Without letters that look alike on paper: I, l, 1, O, 0, o.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_GROUPS = 3
_GROUP = 4


class VaultError(Exception):
    """The passwords cannot be read or written; the message says why and what to do."""


def key_file() -> Path:
    """Return the file that holds the vault's own password, or the program that prints it. Raises VaultError."""
    named = os.environ.get("ANSIBLE_VAULT_PASSWORD_FILE") or "~/.config/coursebox/vault-password"
    try:
        return Path(named).expanduser()
    except RuntimeError as error:
        raise VaultError(
            _(
                "ANSIBLE_VAULT_PASSWORD_FILE 的值 {named!r} 不能用：没有这个家目录。请写绝对路径。",
                named=named,
            )
        ) from error


def load(folder: Path) -> dict[str, str]:
    """Return the passwords of a class by student number; none where none were made. Raises VaultError."""
    path = folder / NAME
    if not os.path.lexists(path):
        return {}
    if not path.is_file():
        raise VaultError(
            _(
                "{path}：不是文件，里面本来是这个班的密码。请从备份拷回来，或者把它挪走，重新做一份（密码都会换）。",
                path=path,
            )
        )
    if not key_file().exists():
        raise VaultError(
            _(
                "打不开 {path}：没有 {key}。请从做这个班的那台电脑拷过来，或用 ANSIBLE_VAULT_PASSWORD_FILE 指向它。",
                path=path,
                key=key_file(),
            )
        )
    try:
        content = path.read_bytes()
        if not is_encrypted(content):
            raise VaultError(
                _(
                    "{path}：不是 ansible-vault 加密的密码库，或者坏了。请从备份拷回来，或者把它挪走，重新做一份（密码都会换）。",
                    path=path,
                )
            )
        known = yaml.safe_load(_vault().decrypt(content))
    except AnsibleError as error:
        raise VaultError(
            _(
                "打不开 {path}：{key} 不是当初的那一个，或者文件坏了。",
                path=path,
                key=key_file(),
            )
        ) from error
    except yaml.YAMLError as error:
        raise VaultError(_("{path}：解开以后不是学号和密码的表。", path=path)) from error
    except OSError as error:
        raise VaultError(
            _("{path}：读不了（{strerror}）。", path=path, strerror=error.strerror)
        ) from error
    if not isinstance(known, dict):
        raise VaultError(_("{path}：解开以后不是学号和密码的表。", path=path))
    return {str(number): str(password) for number, password in known.items()}


def ensure(folder: Path, numbers: Iterable[str]) -> dict[str, str]:
    """Return the passwords of a class after making those that are missing; none is ever replaced. Raises VaultError."""
    known = load(folder)
    wanted = set(numbers)
    if wanted <= known.keys():
        return known
    # Else two verbs at once would make two passwords for one student.
    with alone("passwords"):
        known = load(folder)
        _store(folder, {number: generate() for number in wanted} | known)
        return load(folder)


def forget(folder: Path, number: str) -> None:
    """Remove one student's password. Raises VaultError."""
    with alone("passwords"):
        known = load(folder)
        if known.pop(number, None) is not None:
            _store(folder, known)


def generate() -> str:
    """Return a new password: 12 letters and digits in three groups, about 60 bits."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _store(folder: Path, known: dict[str, str]) -> None:
    text = yaml.safe_dump(known, allow_unicode=True, default_flow_style=False)
    try:
        if not key_file().exists():
            key_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # All classes share it.
            with alone("vault-password", key_file().parent):
                if not key_file().exists():
                    replace(key_file(), secrets.token_urlsafe(32).encode() + b"\n", mode=0o600)
        replace(folder / NAME, _vault().encrypt(text), mode=0o600)
    except OSError as error:
        raise VaultError(
            _("写不了 {filename}（{strerror}）。", filename=error.filename, strerror=error.strerror)
        ) from error


def _vault() -> VaultLib:
    """Return what reads and writes the vault; its password is found as Ansible finds it. Raises VaultError."""
    path = key_file()
    try:
        secret = get_file_vault_secret(str(path), loader=DataLoader())
        secret.load()
    except (AnsibleError, OSError) as error:
        raise VaultError(
            _(
                "{path} 里没有密码库的密码（{error}）：它要是一个不为空的文件，不可执行（chmod -x）；可执行的要是一个打印密码的程序。",
                path=path,
                error=str(error).splitlines()[0],
            )
        ) from error
    return VaultLib([("default", secret)])

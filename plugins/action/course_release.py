"""Builds, on the controller, what every seat gets: the release archive and the wheels for pip3.

The release is labfiles/, the lab package and its libraries (site/) in one tar archive, named by the digest of what it is
made of, under build/. Both are made once and downloaded once, whatever the number of seats; hashes are checked by pip.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
_SOURCES = ("labfiles", "lab")
_LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache")
_TITLE = re.compile(r"""^title\s*=\s*["'](.+)["']\s*$""", re.MULTILINE)


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_release`: runs in the controller's own process and takes no arguments."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return digest, archive, wheels (path and sha256), chapters (id and title) and pip's own index."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        release = digest()
        archive = BUILD / f"release-{release}.tar.gz"
        if not archive.exists():
            build(archive)
        return result | {
            "changed": False,
            "digest": release,
            "archive": str(archive),
            "wheels": wheels(),
            "chapters": chapters(),
            "index": index(),
        }


def files() -> list[Path]:
    """Return the files of the release that stand in the checkout, sorted."""
    return sorted(
        Path(folder) / name
        for source in _SOURCES
        for folder, folders, names in os.walk(ROOT / source)
        if not folders.__setitem__(slice(None), [f for f in folders if f not in _LEFT_OUT])
        for name in names
        if not name.endswith(".pyc")
    )


def digest() -> str:
    """Return the release's name: a digest of its files, their modes and the pinned libraries."""
    summed = hashlib.sha256((ROOT / "requirements/lab.txt").read_bytes())
    for path in files():
        mode = "x" if os.access(path, os.X_OK) else "-"
        summed.update(f"{path.relative_to(ROOT)}\0{mode}\0".encode() + path.read_bytes() + b"\0")
    return summed.hexdigest()[:16]


def build(archive: Path) -> None:
    """Write the archive: readable by all, owned by root, with a list of SHA-256 sums in .sha256sums."""
    BUILD.mkdir(exist_ok=True)
    site = libraries()
    members = {str(path.relative_to(ROOT)): path for path in files()}
    members |= {
        f"site/{path.relative_to(site)}": path
        for path in sorted(site.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
        for name, path in members.items()
    )
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        (Path(scratch) / "sums").write_text(sums, encoding="utf-8")
        members[".sha256sums"] = Path(scratch) / "sums"
        partial = Path(scratch) / archive.name
        with tarfile.open(partial, "w:gz", compresslevel=6) as tar:
            for name, path in members.items():
                tar.add(path, arcname=name, recursive=False, filter=_plain)
        partial.replace(archive)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def libraries() -> Path:
    """Return a folder with the pinned libraries of the lab command, installing it once."""
    requirements = ROOT / "requirements/lab.txt"
    site = BUILD / f"site-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not site.exists():
        partial = Path(tempfile.mkdtemp(dir=BUILD))
        _pip("install", "--no-compile", "--target", str(partial), "-r", str(requirements))
        shutil.rmtree(partial / "bin", ignore_errors=True)
        partial.chmod(0o755)
        partial.replace(site)
    return site


def wheels() -> list[dict[str, str]]:
    """Return the wheels that labs install with pip3, downloading once those that requirements/seat.txt pins."""
    requirements = ROOT / "requirements/seat.txt"
    folder = BUILD / f"wheels-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        partial = Path(tempfile.mkdtemp(dir=BUILD))
        _pip("download", "--dest", str(partial), "-r", str(requirements))
        partial.replace(folder)
    return [
        {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.glob("*.whl"))
    ]


def chapters() -> list[dict[str, str]]:
    """Return the chapters that stand in labfiles/, in their order."""
    found = []
    for path in sorted(ROOT.glob("labfiles/*/chapter.toml")):
        title = _TITLE.search(path.read_text(encoding="utf-8"))
        if title is None:
            raise AnsibleActionFail(f"{path}: field title is missing")
        found.append({"id": path.parent.name, "title": title[1]})
    return found


def index() -> str:
    """Return the index that pip asks when nobody names another."""
    from pip._internal.models.index import PyPI

    return str(PyPI.simple_url)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    text = done.stderr
    if "CERTIFICATE_VERIFY_FAILED" in text:
        raise AnsibleActionFail(
            "主机的 pip 不信任代理的证书：请把代理的 CA 装进主机，并设 PIP_CERT 指向主机的证书文件。"
        )
    if "Max retries" in text or "NewConnectionError" in text or "No matching distribution" in text:
        raise AnsibleActionFail(
            f"主机下载不了 {arguments[-1]} 里固定的包：请检查网络，或把 pip 的 index-url 换成能用的镜像，再运行一次。"
        )
    raise AnsibleActionFail(f"pip 没有成功：{text.strip()}")

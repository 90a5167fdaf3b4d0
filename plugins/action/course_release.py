"""Builds, on the controller, what every seat gets: the release archive and the wheels for pip3.

The release is labfiles/, the lab package and its libraries (site/) in one tar archive, named by the digest of what it is
made of, under build/. Both are made once and downloaded once, whatever the number of seats; hashes are checked by pip.
"""

from __future__ import annotations

import gzip
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
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import translated as _  # noqa: E402

BUILD = ROOT / "build"
_SOURCES = ("labfiles", "lab")
_LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache")
# The same content gives the same archive, whenever it is built.
_TIME = 1767225600
_KEPT = 3
# Libraries are taken as for one platform, so that every host builds the same release; what is used of them is Python.
_PLATFORM = "manylinux2014_x86_64"
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
        BUILD.mkdir(exist_ok=True)
        if not archive.exists():
            build(archive)
            forget_old()
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
    site = libraries()
    members = {str(path.relative_to(ROOT)): path for path in files()}
    members |= {
        f"site/{path.relative_to(site)}": path
        for path in sorted(site.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        sums = "".join(
            f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
            for name, path in members.items()
        )
        (Path(scratch) / "sums").write_text(sums, encoding="utf-8")
        members[".sha256sums"] = Path(scratch) / "sums"
        partial = Path(scratch) / archive.name
        with (
            partial.open("wb") as raw,
            gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            # Folders of their own, so that no umask of a seat decides who may enter.
            parents = {str(parent) for name in members for parent in Path(name).parents} - {"."}
            for parent in sorted(parents):
                folder = tarfile.TarInfo(parent)
                folder.type = tarfile.DIRTYPE
                folder.mode = 0o755
                tar.addfile(_plain(folder))
            for name, path in members.items():
                tar.add(path, arcname=name, recursive=False, filter=_plain)
        partial.replace(archive)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    member.mtime = _TIME
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def libraries() -> Path:
    """Return a folder with the pinned libraries of the lab command, installing it once."""
    requirements = ROOT / "requirements/lab.txt"
    site = BUILD / f"site-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not site.exists():
        partial = Path(tempfile.mkdtemp(dir=BUILD))
        place = ("--no-compile", "--target", str(partial), "--platform", _PLATFORM)
        _pip("install", *place, "-r", str(requirements))
        shutil.rmtree(partial / "bin", ignore_errors=True)
        _settle(partial, site)
    return site


def wheels() -> list[dict[str, str]]:
    """Return the wheels that labs install with pip3, downloading once those that requirements/seat.txt pins."""
    requirements = ROOT / "requirements/seat.txt"
    folder = BUILD / f"wheels-{hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]}"
    if not folder.exists():
        partial = Path(tempfile.mkdtemp(dir=BUILD))
        _pip("download", "--dest", str(partial), "-r", str(requirements))
        _settle(partial, folder)
    return [
        {"path": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.glob("*.whl"))
    ]


def forget_old() -> None:
    """Remove archives of releases that are not among the newest."""
    archives = sorted(BUILD.glob("release-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    for path in archives[:-_KEPT]:
        path.unlink(missing_ok=True)


def _settle(partial: Path, place: Path) -> None:
    """Move a finished folder to its place, unless another run was faster."""
    partial.chmod(0o755)
    try:
        partial.replace(place)
    except OSError:
        if not place.is_dir():
            raise
        shutil.rmtree(partial)


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
    """Return the index that pip asks when nobody names another; nothing where this Python has no pip."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
    command += ["--require-hashes", "--only-binary", ":all:", "--no-deps"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    text = done.stderr
    if "No module named pip" in text:
        raise AnsibleActionFail(
            _(
                "主机上运行 Ansible 的 {executable} 没有 pip：请用 host/ansible-playbook 代替 ansible-playbook 再运行一次。",
                executable=sys.executable,
            )
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        raise AnsibleActionFail(
            _(
                "主机的 pip 不信任代理的证书：请把代理的 CA 装进主机，并设 PIP_CERT 指向主机的证书文件。"
            )
        )
    if "Max retries" in text or "NewConnectionError" in text or "No matching distribution" in text:
        raise AnsibleActionFail(
            _(
                "主机下载不了 {file} 里固定的包：请检查网络，或把 pip 的 index-url 换成能用的镜像，再运行一次。",
                file=arguments[-1],
            )
        )
    raise AnsibleActionFail(_("pip 没有成功：{words}", words=text.strip()))

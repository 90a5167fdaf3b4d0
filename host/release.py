"""What a teacher downloads: the source of one version as an archive, with its checksum."""

from __future__ import annotations

import gzip
import hashlib
import re
import subprocess
from pathlib import Path

from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, ROOT


def build(root: Path = ROOT, into: Path = BUILD / "release") -> Path:
    """Pack what git has of HEAD, the same bytes whenever it is done, and write SHA256SUMS beside it; return the archive.

    Raises HostError where something is not committed, or the changelog does not tell of this version.
    """
    version = (root / "VERSION").read_text("ascii").strip()
    if not re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d{{2}}-\d{{2}}\)$",
        (root / "CHANGELOG.md").read_text("utf-8"),
        re.MULTILINE,
    ):
        raise HostError(
            _(
                "CHANGELOG.md 里没有“## {version} (年-月-日)”这一节：先写好 {version} 改了什么，或者改 VERSION。",
                version=version,
            )
        )
    status = _git(root, "-c", "core.quotePath=false", "status", "--porcelain")
    if changed := status.decode("utf-8", "replace").splitlines():
        raise HostError(
            _(
                "有 {count} 个文件没有提交（例如 {example}）：先提交，再打包。",
                count=len(changed),
                example=changed[0][3:],
            )
        )
    name = f"coursebox-{version}"
    into.mkdir(parents=True, exist_ok=True)
    archive = into / f"{name}.tar.gz"
    archive.write_bytes(gzip.compress(_git(root, "archive", f"--prefix={name}/", "HEAD"), mtime=0))
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (into / "SHA256SUMS").write_text(f"{digest}  {archive.name}\n", encoding="ascii")
    return archive


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise HostError(_("没有 git：打包要用它，请先装上。")) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise HostError(_("git 没有成功：{said}。打包要在 git 克隆里做。", said=said))
    return done.stdout

"""Checks 2.2.3: one zip, one .tar.gz, one .tar.bz2 of a prepared tree, and one unpacked elsewhere."""

from __future__ import annotations

import bz2
import gzip
import io
import tarfile
import zipfile
import zlib
from typing import Final

from lab.checking import Failure, Work

PHOTOS: Final = ("spring", "summer", "autumn", "winter", "beach", "forest", "lake", "river")
DAMAGED: Final = (OSError, EOFError, ValueError, zlib.error, tarfile.TarError, zipfile.BadZipFile)
# What zipfile says of an archive that wants a password, and of a way of packing that it does not know.
LOCKED: Final = (RuntimeError, NotImplementedError)
# Bytes; the whole tree is far smaller, but a few bytes can unpack to gigabytes.
MOST: Final = 1 << 20
Tree = dict[str, str]


def tree(work: Work) -> Tree:
    """Return this student's tree: the text in each file by its path."""
    rng = work.rng("tree")
    names = sorted(rng.sample(PHOTOS, 4))
    years = sorted(str(rng.randint(2015, 2025)) for _ in names)
    return {
        f"album/{year}/{name}.txt": f"{name} {rng.randint(1000, 9999)}\n"
        for name, year in zip(names, years, strict=True)
    } | {f"album/{rng.randint(10, 99)}.txt": f"{rng.randint(1000, 9999)}\n"}


def setup(work: Work) -> None:
    """Lay the tree."""
    for name, text in tree(work).items():
        work.create_file(name, text)


def check(work: Work) -> None:
    """Look into each archive by its real format, whatever its name says."""
    work.step("album.zip 是 zip 包，整个 album 都在里面")
    data = work.data("album.zip", "做一个：zip -r album.zip album")
    found = unzipped(data)
    compare(work, "album.zip", found, "zip 不带 -r 只装进一个空文件夹：zip -r album.zip album")
    for name, letter, method in (("album.tar.gz", "z", gzip), ("album.tar.bz2", "j", bz2)):
        command = f"tar -c{letter}f {name} album"
        kind = "gzip" if letter == "z" else "bzip2"
        work.step(f"{name} 是 {kind} 压缩的 tar 包，整个 album 都在里面")
        data = work.data(name, f"做一个：{command}")
        try:
            with method.open(io.BytesIO(data)) as stream:
                plain = stream.read(MOST)
        except DAMAGED:
            raise wrong_kind(name, f"{kind} 压缩的包", command) from None
        compare(work, name, members(name, plain, command), f"在 work 文件夹里做：{command}")
    work.step("box 里是从包里拆出来的 album")
    for name, text in tree(work).items():
        hint = "先 mkdir box，再 tar -xf album.tar.gz -C box：-C 说的是拆到哪里。"
        work.require(
            work.text(f"box/{name}", hint) == text,
            actual=f"{work.tilde(f'box/{name}')} 的内容和 {name} 不一样",
            expected="box 里的 album 和原来的一模一样",
            hint=hint,
        )


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files in a zip archive."""
    found = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for entry in packed.infolist():
                if not entry.is_dir():
                    with packed.open(entry) as file:
                        found[entry.filename] = file.read(MOST)
    except DAMAGED:
        raise wrong_kind("album.zip", "zip 包", "zip -r album.zip album") from None
    except LOCKED:
        raise Failure(
            actual="album.zip 打不开：它加了密码，或者用了少见的压缩方法",
            expected="一个普通的 zip 包，谁都能拆",
            hint="先 rm album.zip，再不加别的选项做一个：zip -r album.zip album",
        ) from None
    return found


def members(name: str, plain: bytes, command: str) -> dict[str, bytes]:
    """Return the files in a tar archive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as packed:
            files = [entry for entry in packed if entry.isreg()]
            return {e.name: f.read() for e in files if (f := packed.extractfile(e))}
    except DAMAGED:
        raise wrong_kind(name, "tar 包", command) from None


def wrong_kind(name: str, kind: str, command: str) -> Failure:
    """Return the failure of an archive that is not what its name says."""
    return Failure(
        actual=f"{name} 不是{kind}，只是名字像",
        expected=f"{name} 是真正的{kind}",
        hint=f"看看它到底是什么：file {name}。压缩的种类由字母定，不由名字定：{command}",
    )


def compare(work: Work, name: str, found: dict[str, bytes], hint: str) -> None:
    """Expect the whole tree under its own folder."""
    wanted = {path: text.encode() for path, text in tree(work).items()}
    there = {path.removeprefix("./"): data for path, data in found.items()}
    missing = sorted(path for path, data in wanted.items() if there.get(path) != data)
    work.require(
        not missing,
        actual=f"{name} 里没有 {missing[0]}，里面有：{'、'.join(sorted(there)) or '什么也没有'}"
        if missing
        else "",
        expected=f"{name} 里有 album 里的全部 {len(wanted)} 个文件，路径从 album/ 开始",
        hint=hint,
    )

"""Looks through the YAML of a class's folder before Ansible does, whose words would name neither the file nor the cure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import yaml

from classroom.i18n import translated as _
from classroom.text import plain

_FOLDERS = ("group_vars", "host_vars")
_ENDINGS = ("", ".yml", ".yaml", ".json")
# What ansible-vault has encrypted is Ansible's to open.
_ENCRYPTED = b"$ANSIBLE_VAULT;"


def fault(folder: Path, hosts: Path) -> str:
    """Return in one line what Ansible could not read of a class's folder, with file, line and cure; else nothing."""
    if os.path.lexists(hosts):
        if not hosts.is_file():
            return _(
                "{hosts}：不是能读的文件。座位的地址写在这个文件里；用不着就删掉它。", hosts=hosts
            )
        if found := _fault_of(hosts):
            return found
        if not hosts.read_bytes().strip():
            return _("{hosts}：是空的。写上座位的地址，或者删掉它。", hosts=hosts)
    for name in _FOLDERS:
        if os.path.lexists(folder / name) and not (folder / name).is_dir():
            return _(
                "{folder}：要是一个文件夹，里面放变量，例如 {name}/all.yml。",
                folder=folder / name,
                name=name,
            )
        for path in _files(folder / name):
            if found := _fault_of(path):
                return found
    return ""


def _files(folder: Path) -> Iterator[Path]:
    """Yield what Ansible reads of a folder of variables."""
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not (hidden or path.is_dir() or path.name.endswith("~")) and path.suffix in _ENDINGS:
            yield path


def _fault_of(path: Path) -> str:
    if not path.is_file():
        return _("{path}：不是能读的文件。把它挪走，或者放回原来的。", path=path)
    try:
        content = path.read_bytes()
        if content.startswith(_ENCRYPTED):
            return ""
        # Composed and not constructed: Ansible has tags of its own.
        top = yaml.compose(content.decode("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        return _("{path}：读不了（{strerror}）。", path=path, strerror=error.strerror)
    except UnicodeDecodeError:
        return _("{path}：不是 UTF-8：请用 UTF-8 编码另存一次。", path=path)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = _(" 第 {line} 行", line=mark.line + 1) if mark else ""
        said = getattr(error, "problem", None) or str(error).partition("\n")[0]
        return _(
            "{path}{line}：不是 YAML（{said}）：用空格缩进，不用 Tab，括号和引号要成对。",
            path=path,
            line=line,
            said=plain(said, 80),
        )
    if top is not None and not isinstance(top, yaml.MappingNode):
        return _(
            "{path} 第 1 行：不是“名字: 值”的表。照着 inventories/example 里的那个写。", path=path
        )
    return _twice(path, top)


def _twice(path: Path, top: yaml.Node | None) -> str:
    """Return a line for a key that stands twice in one table, of which Ansible would take the last one silently."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        if not isinstance(node, yaml.MappingNode):
            continue
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    first = seen[key.value]
                    name = plain(key.value, 80)
                    return _(
                        "{path} 第 {line} 行：又写了一次 {name}（第 {first} 行已经写过）：请删去一行。",
                        path=path,
                        line=line,
                        name=name,
                        first=first,
                    )
                seen[key.value] = line
            waiting.append(value)
    return ""

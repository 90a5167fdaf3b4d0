"""The settings of this checkout: defaults, then settings/local.yml, then COURSEBOX_* variables.

settings/settings.rb reads the same files by the same rules for the Vagrantfile.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from host.errors import HostError
from host.paths import SETTINGS

PREFIX = "COURSEBOX_"
_LINE = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_]*):(?:[ \t]+(?P<value>.*))?")
_QUOTED = re.compile(
    r"""(?:'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"\\]|\\["\\])*)")(?:[ \t]+\#.*)?"""
)
_WHOLE_NUMBER = "[1-9][0-9]{0,8}"
_SHOWN = 200


def read_flat(path: Path) -> dict[str, str]:
    """Return the keys and values of a flat file (`key: value` lines, comments, quotes); {} when it is absent.

    A value is the text that stands there, whatever YAML would make of it. Raises HostError for a file that cannot be
    read, a line of any other form and a key that stands there twice, naming file and line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise HostError(
            f"读不了 {path}（{os.strerror(error.errno or 0)}）：它要是一个读得了的文本文件。"
        ) from error
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        where = f"{path} 第 {number} 行"
        try:
            line = raw.decode("utf-8").removesuffix("\r").strip(" \t")
        except UnicodeDecodeError as error:
            raise HostError(f"{where}不是 UTF-8：请用 UTF-8 编码另存一次。") from error
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
            raise HostError(f"{where}有控制字符，或者文件不是 UTF-8：请用 UTF-8 编码另存一次。")
        if not line or line.startswith("#") or line == "---":
            continue
        match = _LINE.fullmatch(line)
        if match is None or raw[:1] in b" \t":
            raise HostError(f"{where}看不懂：{_shown(line)}。每行顶格写一个“设置项: 值”。")
        key = match["key"]
        if key in values:
            raise HostError(
                f"{where}又写了一次设置项 {key}（第 {lines[key]} 行已经写过）：请删去一行。"
            )
        values[key], lines[key] = _scalar((match["value"] or "").strip(" \t"), where), number
    return values


def _scalar(text: str, where: str) -> str:
    if text[:1] in ("'", '"'):
        match = _QUOTED.fullmatch(text)
        if match is None:
            raise HostError(
                f"{where}的引号看不懂：{_shown(text)}。单引号里用 '' 表示一个单引号，双引号里用 \\\" 和 \\\\。"
            )
        if match["single"] is not None:
            return match["single"].replace("''", "'")
        return re.sub(r"\\(.)", r"\1", match["double"])
    return re.split(r"(?:^|[ \t]+)#", text, maxsplit=1)[0]


def _shown(text: str) -> str:
    """Return a value as a message shows it, on one line and not endless."""
    quoted = repr(text)
    return quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}……（共 {len(text)} 个字符）"


def load(environ: Mapping[str, str] = os.environ, folder: Path = SETTINGS) -> dict[str, str]:
    """Return the merged and verified settings, every value as text.

    Raises HostError for a key that nobody knows, a value that its rule refuses, a box without a name, or two ports that
    meet.
    """
    rules = _rules(folder)
    merged = read_flat(folder / "defaults.yml") | read_flat(folder / "local.yml")
    for name, value in environ.items():
        if name.startswith(PREFIX):
            if name != name.upper():
                raise HostError(f"环境变量 {name} 要用大写字母写：{name.upper()}。")
            merged[name[len(PREFIX) :].lower()] = value
    for key, value in merged.items():
        if key not in rules:
            near = difflib.get_close_matches(key, rules, n=1)
            hint = f"是不是 {near[0]}？" if near else ""
            raise HostError(f"设置项 {_shown(key)} 不存在。{hint}可用的设置项：{' '.join(rules)}")
        if not _obeys(value, rules[key]):
            raise HostError(f"设置项 {key} 的值 {_shown(value)} 不能用：{rules[key]['fix']}。")
    if not merged["box"] and (merged["box_url"] or merged["box_version"]):
        raise HostError(
            "设置项 box_url 和 box_version 要和 box 一起写：请写明 box 的名字，例如 coursebox/noble。"
        )
    _verify_ports(merged)
    return merged


def _rules(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the rule of each setting: the pattern of its values, their least and greatest, and the fix for others."""

    def read(name: str) -> dict[str, dict[str, Any]]:
        return json.loads((folder / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    rules = read("rules.json")
    for rule in rules.values():
        if "min" in rule:
            unit = f"（{rule['unit']}）" if "unit" in rule else ""
            fix = f"写 {rule['min']} 到 {rule['max']} 的整数{unit}"
            rule |= {"pattern": _WHOLE_NUMBER, "fix": fix}
        if "auto_or" in rule:
            found = sorted(path.stem for path in (folder / rule["auto_or"]).glob("[a-z]*.py"))
            fix = f"写 auto，或 {'、'.join(found)} 之一"
            rule |= {"pattern": "|".join(["auto", *found]), "fix": fix}
        if "one_of" in rule:
            known = read(rule["one_of"])
            named = "、".join(
                f"{name}（{facts['title']}{'，仅供测试' if facts['for_tests'] else ''}）"
                for name, facts in known.items()
            )
            rule |= {"pattern": "|".join(known), "fix": f"写 {named} 之一"}
    return rules


# Which of a machine's ports the settings of that name reach.
PORTS: dict[str, int] = {
    key: rule["reaches"] for key, rule in _rules(SETTINGS).items() if "reaches" in rule
}


def _obeys(value: str, rule: Mapping[str, Any]) -> bool:
    # Bytes of the environment that are not UTF-8 come as halves of surrogate pairs.
    if not re.fullmatch(rule["pattern"], value) or re.search("[\ud800-\udfff]", value):
        return False
    return "min" not in rule or rule["min"] <= int(value) <= rule["max"]


def host_ports(settings: Mapping[str, str], seat: int) -> dict[str, int]:
    """Return the host's loopback port of each port setting for seat number `seat` (from 1)."""
    return {key: int(settings[key]) + seat - 1 for key in PORTS}


def _verify_ports(settings: Mapping[str, str]) -> None:
    owners: dict[int, str] = {}
    for seat in range(1, int(settings["seats"]) + 1):
        for key, port in host_ports(settings, seat).items():
            if port > 65535:
                raise HostError(
                    f"设置项 {key} 的值 {settings[key]} 加上 {seat} 个座位超过了 65535：请改小。"
                )
            if port in owners:
                raise HostError(
                    f"设置项 {key} 与 {owners[port]} 都要用端口 {port}：请把其中一个改开。"
                )
            owners[port] = key

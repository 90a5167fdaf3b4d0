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
from host.i18n import translated as _
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
            _(
                "读不了 {path}（{reason}）：它要是一个读得了的文本文件。",
                path=path,
                reason=os.strerror(error.errno or 0),
            )
        ) from error
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        where = _("{path} 第 {number} 行", path=path, number=number)
        try:
            line = raw.decode("utf-8").removesuffix("\r").strip(" \t")
        except UnicodeDecodeError as error:
            raise HostError(
                _("{where}不是 UTF-8：请用 UTF-8 编码另存一次。", where=where)
            ) from error
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
            raise HostError(
                _("{where}有控制字符，或者文件不是 UTF-8：请用 UTF-8 编码另存一次。", where=where)
            )
        if not line or line.startswith("#") or line == "---":
            continue
        match = _LINE.fullmatch(line)
        if match is None or raw[:1] in b" \t":
            raise HostError(
                _(
                    "{where}看不懂：{shown}。每行顶格写一个“设置项: 值”。",
                    where=where,
                    shown=_shown(line),
                )
            )
        key = match["key"]
        if key in values:
            raise HostError(
                _(
                    "{where}又写了一次设置项 {key}（第 {line} 行已经写过）：请删去一行。",
                    where=where,
                    key=key,
                    line=lines[key],
                )
            )
        values[key], lines[key] = _scalar((match["value"] or "").strip(" \t"), where), number
    return values


def _scalar(text: str, where: str) -> str:
    if text[:1] in ("'", '"'):
        match = _QUOTED.fullmatch(text)
        if match is None:
            raise HostError(
                _(
                    "{where}的引号看不懂：{shown}。单引号里用 '' 表示一个单引号，双引号里用 \\\" 和 \\\\。",
                    where=where,
                    shown=_shown(text),
                )
            )
        if match["single"] is not None:
            return match["single"].replace("''", "'")
        return re.sub(r"\\(.)", r"\1", match["double"])
    return re.split(r"(?:^|[ \t]+)#", text, maxsplit=1)[0]


def _shown(text: str) -> str:
    """Return a value as a message shows it, on one line and not endless."""
    quoted = repr(text)
    return (
        quoted
        if len(quoted) <= _SHOWN
        else _("{quoted}……（共 {count} 个字符）", quoted=quoted[:_SHOWN], count=len(text))
    )


def load(environ: Mapping[str, str] = os.environ, folder: Path = SETTINGS) -> dict[str, str]:
    """Return the merged and verified settings, every value as text.

    Raises HostError for a key that nobody knows, a value that its rule refuses, a box without a name, or two ports that
    meet.
    """
    rules = read_rules(folder)
    merged = read_flat(folder / "defaults.yml") | read_flat(folder / "local.yml")
    for name, value in environ.items():
        if name.startswith(PREFIX):
            if name != name.upper():
                raise HostError(
                    _(
                        "环境变量 {name} 要用大写字母写：{variable}。",
                        name=name,
                        variable=name.upper(),
                    )
                )
            merged[name[len(PREFIX) :].lower()] = value
    for key, value in merged.items():
        if key not in rules:
            near = difflib.get_close_matches(key, rules, n=1)
            hint = _("是不是 {near}？", near=near[0]) if near else ""
            raise HostError(
                _(
                    "设置项 {shown} 不存在。{hint}可用的设置项：{rules}",
                    shown=_shown(key),
                    hint=hint,
                    rules=" ".join(rules),
                )
            )
        if not _obeys(value, rules[key]):
            raise HostError(
                _(
                    "设置项 {key} 的值 {shown} 不能用：{fix}。",
                    key=key,
                    shown=_shown(value),
                    fix=_(rules[key]["fix"]),
                )
            )
    if not merged["box"] and (merged["box_url"] or merged["box_version"]):
        raise HostError(
            _(
                "设置项 box_url 和 box_version 要和 box 一起写：请写明 box 的名字，例如 coursebox/noble。"
            )
        )
    _verify_ports(merged)
    return merged


def read_rules(folder: Path = SETTINGS) -> dict[str, dict[str, Any]]:
    """Return the rule of each setting: the pattern of its values, their least and greatest, and the fix for others."""

    def read(name: str) -> dict[str, dict[str, Any]]:
        return json.loads((folder / name).read_text(encoding="utf-8"))  # type: ignore[no-any-return]

    rules = read("rules.json")
    for rule in rules.values():
        if "min" in rule:
            unit = _("（{unit}）", unit=rule["unit"]) if "unit" in rule else ""
            fix = _("写 {min} 到 {max} 的整数{unit}", min=rule["min"], max=rule["max"], unit=unit)
            rule |= {"pattern": _WHOLE_NUMBER, "fix": fix}
        if "auto_or" in rule:
            found = sorted(path.stem for path in (folder / rule["auto_or"]).glob("[a-z]*.py"))
            fix = _("写 auto，或 {found} 之一", found=_("、").join(found))
            rule |= {"pattern": "|".join(["auto", *found]), "fix": fix}
        if "one_of" in rule:
            known = read(rule["one_of"])
            named = _("、").join(
                _(
                    "{name}（{title}{note}）",
                    name=name,
                    title=facts["title"],
                    note=_("，仅供测试") if facts["for_tests"] else "",
                )
                for name, facts in known.items()
            )
            rule |= {"pattern": "|".join(known), "fix": _("写 {named} 之一", named=named)}
    return rules


# Which of a machine's ports the settings of that name reach.
PORTS: dict[str, int] = {
    key: rule["reaches"] for key, rule in read_rules().items() if "reaches" in rule
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
                    _(
                        "设置项 {key} 的值 {value} 加上 {seat} 个座位超过了 65535：请改小。",
                        key=key,
                        value=settings[key],
                        seat=seat,
                    )
                )
            if port in owners:
                raise HostError(
                    _(
                        "设置项 {key} 与 {other} 都要用端口 {port}：请把其中一个改开。",
                        key=key,
                        other=owners[port],
                        port=port,
                    )
                )
            owners[port] = key

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

from host.errors import HostError
from host.paths import SETTINGS

PREFIX = "COURSEBOX_"
PORTS = {"port_ssh": 22, "port_echo": 8888, "port_http": 8000}
_LINE = re.compile(r"""^(?P<key>[A-Za-z_][A-Za-z0-9_]*):(?:\s+(?P<value>.*?))?\s*$""")


def read_flat(path: Path) -> dict[str, str]:
    """Return the keys and values of a flat YAML file (`key: value` lines, comments, quotes); {} when it is absent.

    Raises HostError for a line of any other form, naming file and line.
    """
    if not path.exists():
        return {}
    values: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#") or line.strip() == "---":
            continue
        match = _LINE.match(line)
        if match is None:
            raise HostError(f"{path} 第 {number} 行看不懂：{line!r}。每行写一个“设置项: 值”。")
        values[match["key"]] = _scalar(match["value"] or "", path, number)
    return values


def _scalar(text: str, path: Path, number: int) -> str:
    if text[:1] in "\"'" and text:
        end = text.find(text[0], 1)
        if end < 0 or text[end + 1 :].strip()[:1] not in ("", "#") or "\\" in text[:end]:
            raise HostError(f"{path} 第 {number} 行的引号不成对或含有反斜杠：{text}。")
        return text[1:end]
    return re.split(r"(?:^|\s)#", text, maxsplit=1)[0].strip()


def load(environ: Mapping[str, str] = os.environ, folder: Path = SETTINGS) -> dict[str, str]:
    """Return the merged and verified settings, every value as text.

    Raises HostError for a key that nobody knows, a value that its rule refuses, a box without a name, or two ports that
    meet.
    """
    rules: dict[str, dict[str, str]] = json.loads(
        (folder / "rules.json").read_text(encoding="utf-8")
    )
    merged = read_flat(folder / "defaults.yml") | read_flat(folder / "local.yml")
    merged |= {
        name[len(PREFIX) :].lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    for key, value in merged.items():
        if key not in rules:
            near = difflib.get_close_matches(key, rules, n=1)
            hint = f"是不是 {near[0]}？" if near else ""
            raise HostError(f"设置项 {key} 不存在。{hint}可用的设置项：{' '.join(rules)}")
        if not re.fullmatch(rules[key]["pattern"], value):
            raise HostError(f"设置项 {key} 的值 {value!r} 不能用：{rules[key]['cure']}。")
    if not merged["box"] and (merged["box_url"] or merged["box_version"]):
        raise HostError(
            "设置项 box_url 和 box_version 要和 box 一起写：请写明 box 的名字，例如 coursebox/noble。"
        )
    _verify_ports(merged)
    return merged


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

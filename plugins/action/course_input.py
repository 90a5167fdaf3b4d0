"""Refuses, before anything changes, values of role variables that cannot work.

What a variable may be is said once: its type in the role's meta/argument_specs.yml, its pattern and the cure in
settings/rules.json, which the host tool reads as well.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
_TYPES = {"str": "文字", "int": "整数", "bool": "true 或 false", "list": "列表"}
# Variables that follow another one's rule.
_LIKE = {"packages_ports_mirror": "packages_mirror", "packages_proxy": "packages_mirror"}


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_input`: runs in the controller's own process and takes no arguments."""

    _supports_check_mode = True
    _requires_connection = False
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Fail with a line for each value that cannot be, naming variable, value and cure."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        rules = json.loads((ROOT / "settings/rules.json").read_text(encoding="utf-8"))
        known = options()
        refused = []
        for name, option in known.items():
            if name in (task_vars or {}):
                value = self._templar.template((task_vars or {})[name])
                refused += refusals(name, value, option, rules.get(_LIKE.get(name, name)))
        strangers = unknown(set(task_vars or {}), known)
        if strangers:
            result["warnings"] = [
                f"没有哪个角色认识变量 {name}：是不是写错了？" for name in strangers
            ]
        if refused:
            return result | {"failed": True, "msg": "\n".join(refused)}
        return result | {"changed": False}


def options() -> dict[str, dict[str, Any]]:
    """Return what the roles' argument specs say, by variable."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(ROOT.glob("roles/*/meta/argument_specs.yml")):
        specs = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        found |= specs["main"]["options"]
    return found


def refusals(
    name: str, value: Any, option: dict[str, Any], rule: dict[str, str] | None
) -> list[str]:
    """Return a sentence if the value is not what the variable may be, else nothing."""
    said = "（不显示）" if option.get("no_log") and value else repr(value)
    kind = {key: option[key] for key in ("type", "elements", "choices") if key in option}
    # A list of one, or a list written as text, is a typing error here, whatever Ansible would make of it.
    scalar = option["type"] == "list" and not isinstance(value, list)
    if scalar or ArgumentSpecValidator({name: kind}).validate({name: value}).error_messages:
        wanted = " 或 ".join(option["choices"]) if "choices" in option else _TYPES[option["type"]]
        return [f"变量 {name} 的值 {said} 不能用：应当是 {wanted}。"]
    if rule and not re.fullmatch(rule["pattern"], str(value)):
        return [f"变量 {name} 的值 {said} 不能用：{rule['cure']}。"]
    return []


def unknown(names: set[str], known: dict[str, dict[str, Any]]) -> list[str]:
    """Return names that begin like a role's variables and are none of them: typing errors, most likely."""
    roles = {name.partition("_")[0] for name in known}
    return sorted(
        name
        for name in names
        if name.partition("_")[0] in roles and "_" in name and name not in known
    )

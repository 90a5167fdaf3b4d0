"""Refuses values that cannot work before a seat is asked, then asks the seat in one go what is not as it should be.

    course_probe: {roles: [packages, vim]}

What a variable may be is said once: its type in the role's meta/argument_specs.yml, its pattern and the cure in
settings/rules.json, which the host tool reads as well. What a role finds wrong on a seat comes from its state
(plugins/state.py). Where nothing is amiss but the student's copies of lab files, that same program lays them (`changed`).
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import translated as _  # noqa: E402
from plugins import state  # noqa: E402

_TYPES = {"str": _("文字"), "int": _("整数"), "bool": _("true 或 false"), "list": _("列表")}
# Variables that follow another one's rule.
_LIKE = {"packages_ports_mirror": "packages_mirror", "packages_proxy": "packages_mirror"}
# What is said where the provisioning account may not become root, and how that is mended; the first that fits counts.
_AS_ROOT = _("请从座位的控制台（容器座位用 docker exec -it 容器名 bash）以 root 运行")
_UNANSWERED = (
    # In English or in the seat's own language, so what counts is the names.
    (
        r"/etc/sudoers",
        _(
            "sudo 的设置被改了主人或权限，{as_root} chown root: /etc/sudoers /etc/sudoers.d /etc/sudoers.d/*; chmod 0440 /etc/sudoers /etc/sudoers.d/*，再运行一次",
            as_root=_AS_ROOT,
        ),
    ),
    (
        r"/usr/bin/sudo.*(?:4755|setuid|uid 0|ID 0)",
        _(
            "sudo 的文件被改了主人或权限，{as_root} chown root: /usr/bin/sudo; chmod 4755 /usr/bin/sudo，再运行一次",
            as_root=_AS_ROOT,
        ),
    ),
    (
        r"sudo: (?:not found|command not found|未找到命令|.*No such file|.*没有那个文件)",
        _(
            "座位上没有 sudo，{as_root} apt-get install --reinstall sudo，再运行一次",
            as_root=_AS_ROOT,
        ),
    ),
    (
        r"(?i)\bsudo",
        _(
            "登录的账号不能免密码 sudo，{as_root} echo '账号名 ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/账号名"
            "（/etc/sudoers 里要有 @includedir /etc/sudoers.d 这一行；主人不是 root 就先 chown root: /etc/sudoers /etc/sudoers.d），再运行一次",
            as_root=_AS_ROOT,
        ),
    ),
    (r"座位正忙|the seat is busy", _("等得太久了，让它做完，或者重启座位，再运行一次")),
    (r"No space left|设备上没有空间", _("磁盘满了，请先在座位上腾出空间（df -h），再运行一次")),
)
_LONGEST_WORDS = 200
# How the probe ends where another command works on the seat, and how long until it is asked again.
_BUSY = 75
_PAUSE = 2.0
_KINDS = ("due", "refuse", "tell", "fact", "archive", "changed")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_probe`; its one argument is the roles in their order."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("roles",))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the roles that are due, the reasons, and what else the seat said."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        known = task_vars or {}
        values = state.values(known, self._templar.template, self._connection.transport)
        refused = [
            line
            for name, value in values.items()
            if name in state.OPTIONS
            for line in refusals(name, value, state.OPTIONS[name], RULES.get(_LIKE.get(name, name)))
        ]
        warnings = [
            _("没有哪个角色认识变量 {name}：是不是写错了？", name=name)
            for name in unknown(set(known))
        ]
        if warnings:
            result["warnings"] = warnings
        if refused:
            return result | {"failed": True, "msg": "\n".join(refused)}
        roles = self._task.args["roles"]
        program = state.testing(roles, values, check=self._task.check_mode)
        try:
            done = self._alone(
                program, known["inventory_hostname"], int(values["packages_lock_timeout"])
            )
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            # What Ansible itself makes of a sudo that asks for a password.
            return result | {"failed": True, "msg": unanswered(str(error))}
        if done.get("rc") != 0:
            result |= done
            said_last = " ".join(f"{done.get('stdout', '')} {done.get('stderr', '')}".split())
            return result | {"failed": True, "msg": unanswered(said_last)}
        said = answers(str(done["stdout"]))
        if said["tell"]:
            result["warnings"] = warnings + said["tell"]
        if said["refuse"]:
            return result | {"failed": True, "msg": "\n".join(said["refuse"])}
        found = {line.split()[0] for line in said["due"]}
        due = [role for role in roles if role in found or boolean(values["preflight_all"])]
        return result | {
            "changed": bool(said["changed"]),
            "due": due,
            "reasons": said["due"],
            "notices": said["tell"],
            "seat": dict(line.split(" ", 1) for line in said["fact"] if " " in line),
            "archives": said["archive"],
        }

    def _alone(self, program: str, seat: str, seconds: int) -> dict[str, Any]:
        """Run the program once nobody else works on the seat; says whom it waits for, at most so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            done: dict[str, Any] = self._low_level_execute_command(program)
            if done.get("rc") != _BUSY or time.monotonic() > deadline:
                return done
            for words in answers(str(done["stdout"]))["tell"]:
                Display().display(_("{seat}：{words}", seat=seat, words=words))
            time.sleep(_PAUSE)


def unanswered(words: str) -> str:
    """Return why a seat did not answer to the end, by what was said instead, and how to mend it."""
    cures = (cure for sign, cure in _UNANSWERED if re.search(sign, words))
    cure = next(cures, _("请重启座位，再运行一次"))
    return _(
        "座位没有答完：{cure}。（{words}）",
        cure=cure,
        words=words[-_LONGEST_WORDS:] or _("它什么也没有说"),
    )


def answers(printed: str) -> dict[str, list[str]]:
    """Return what a seat printed, by the first word of each line, without what would steer a terminal."""
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for line in printed.splitlines():
        kind, _, rest = line.partition(" ")
        if kind in found:
            found[kind].append(state.shown(rest.strip()))
    return found


def refusals(
    name: str, value: Any, option: dict[str, Any], rule: dict[str, str] | None
) -> list[str]:
    """Return a sentence if the value is not what the variable may be, else nothing."""
    said = _("（不显示）") if option.get("no_log") and value else repr(value)
    kind = {key: option[key] for key in ("type", "elements", "choices") if key in option}
    # A list of one, or a list written as text, is a typing error here, whatever Ansible would make of it.
    scalar = option["type"] == "list" and not isinstance(value, list)
    if scalar or ArgumentSpecValidator({name: kind}).validate({name: value}).error_messages:
        wanted = (
            _(" 或 ").join(option["choices"]) if "choices" in option else _TYPES[option["type"]]
        )
        return [
            _(
                "变量 {name} 的值 {said} 不能用：应当是 {wanted}。",
                name=name,
                said=said,
                wanted=wanted,
            )
        ]
    if rule and not re.fullmatch(rule["pattern"], str(value)):
        return [
            _("变量 {name} 的值 {said} 不能用：{cure}。", name=name, said=said, cure=rule["fix"])
        ]
    return []


def unknown(names: set[str]) -> list[str]:
    """Return names that begin like a role's variables and are none of them: typing errors, most likely."""
    roles = {f"{path.name}_" for path in (ROOT / "roles").iterdir()}
    return sorted(name for name in names - state.OPTIONS.keys() if name.startswith(tuple(roles)))


RULES: dict[str, dict[str, str]] = json.loads(
    (ROOT / "settings/rules.json").read_text(encoding="utf-8")
)

"""Refuses values that cannot work before a seat is asked, then asks the seat in one go what is not as it should be.

    course_probe: {roles: [trust, packages], slow: [packages]}

What a variable may be is said once: its type in the role's meta/argument_specs.yml, its pattern and the cure in
settings/rules.json, which the host tool reads as well. What a role finds wrong on a seat it says in its
templates/probe.sh.j2, and roles/preflight/templates/probe.sh.j2 makes one program of them. Where nothing is amiss but
the student's copies of lab files, that same program lays them (`changed`).

Ansible's own templar would compile every template anew for each seat. They are compiled here by Jinja when this module
is loaded, which happens before Ansible starts a process for each seat.
"""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2
import yaml
from ansible import constants
from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import on_seats, script  # noqa: E402
from classroom.i18n import translated as _  # noqa: E402

_ROLES = ROOT / "roles"
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
_KINDS = ("due", "refuse", "tell", "key", "fact", "archive", "changed")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_probe`; arguments: the roles in their order, and those that begin slow work."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("roles", "slow"))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the roles that are due (and the slow ones), the reasons, and what else the seat said."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        known = task_vars or {}
        values = {name: self._templar.template(known[name]) for name in OPTIONS if name in known}
        refused = [
            line
            for name, value in values.items()
            for line in refusals(name, value, OPTIONS[name], RULES.get(_LIKE.get(name, name)))
        ]
        warnings = [
            _("没有哪个角色认识变量 {name}：是不是写错了？", name=name)
            for name in unknown(set(known), OPTIONS)
        ]
        if warnings:
            result["warnings"] = warnings
        if refused:
            return result | {"failed": True, "msg": "\n".join(refused)}
        roles = self._task.args["roles"]
        managed = constants.config.get_config_value("DEFAULT_MANAGED_STR")
        more = {
            "release": known["release"],
            "ansible_managed": known.get("ansible_managed", managed),
            "ansible_connection": self._connection.transport,
        }
        program = probe(roles, {**more, **values}, check=self._task.check_mode)
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
            "slow": [role for role in due if role in self._task.args["slow"]],
            "reasons": said["due"],
            "notices": said["tell"],
            "seat": dict(line.split(" ", 1) for line in said["fact"] if " " in line),
            "login_keys": said["key"],
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


def probe(roles: list[str], values: dict[str, Any], check: bool) -> str:
    """Return the program that a seat runs; in check mode it changes nothing at all."""
    return rendered("preflight/templates/probe.sh.j2", {**values, "roles": roles, "check": check})


def rendered(name: str, values: dict[str, Any]) -> str:
    """Return a role's template with the values in it, as Ansible's own lookup would."""

    def placed(role: str, path: str, mode: str = "644") -> str:
        content = rendered(f"{role}/templates{path}.j2", values)
        return f"same {role} {path} {mode} root {hashlib.sha256(content.encode()).hexdigest()}"

    def part(role: str) -> str:
        return rendered(f"{role}/templates/probe.sh.j2", values)

    return _TEMPLATES[name].render({**values, "placed": placed, "part": part})


def answers(printed: str) -> dict[str, list[str]]:
    """Return what a seat printed, by the first word of each line, without what would steer a terminal."""
    found: dict[str, list[str]] = {kind: [] for kind in _KINDS}
    for line in printed.splitlines():
        kind, _, rest = line.partition(" ")
        if kind in found:
            found[kind].append("".join(c if c.isprintable() else "?" for c in rest.strip()))
    return found


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


def unknown(names: set[str], known: dict[str, dict[str, Any]]) -> list[str]:
    """Return names that begin like a role's variables and are none of them: typing errors, most likely."""
    roles = {name.partition("_")[0] for name in known}
    return sorted(
        name
        for name in names
        if name.partition("_")[0] in roles and "_" in name and name not in known
    )


class _Loader(jinja2.FileSystemLoader):
    """Finds the roles' templates; those of the probe speak the controller's language."""

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's source, its path, and whether that is still so."""
        source, path, current = super().get_source(environment, template)
        probe = template.endswith("/probe.sh.j2")
        return on_seats.script(source) if probe else source, path, current


def _environment() -> jinja2.Environment:
    """Return Jinja with what Ansible's lookup of templates sets, and the filters that the probes use."""
    environment = jinja2.Environment(
        loader=_Loader(_ROLES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., Any]] = {
        "quote": lambda value: shlex.quote(str(value)),
        "basename": lambda path: Path(path).name,
        "bool": boolean,
        "sha256_of_file": lambda path: hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        "file_of_role": lambda name: script(_ROLES / name),
    }
    environment.filters.update(filters)
    return environment


OPTIONS = options()
RULES: dict[str, dict[str, str]] = json.loads(
    (ROOT / "settings/rules.json").read_text(encoding="utf-8")
)
_JINJA = _environment()
_TEMPLATES = {name: _JINJA.get_template(name) for name in _JINJA.list_templates(extensions=["j2"])}

"""Mends on a seat what the roles that are due find wrong there, each role in one transfer; no Python is started there.

    course_apply: {roles: [packages, vim], reasons: [packages missing: tree], background: [packages]}

The program of a role is the one that the probe is made of (plugins/state.py). It goes on whatever becomes of the connection
and of the playbook, and what a playbook that was killed left at work is waited for first. Roles in the background go on
beside those that follow, and are waited for at the end. What a program says beside its result goes to
/var/log/coursebox-<role>.log.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import on_seats  # noqa: E402
from classroom.i18n import translated as _  # noqa: E402
from plugins import state  # noqa: E402


def outlive_readers() -> None:
    """Let this process go on when whoever reads what it says is gone: Ansible's thread for results would end by that without
    a word, and the playbook would wait for it for ever.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.write = _patient(stream)  # type: ignore[method-assign]


def _patient(stream: TextIO) -> Callable[[str], int]:
    write = stream.write

    def patient(text: str) -> int:
        try:
            return write(text)
        except BrokenPipeError:
            with open(os.devnull, "w") as nobody:
                os.dup2(nobody.fileno(), stream.fileno())
            return len(text)

    return patient


# Ansible loads this before it starts a process for each seat.
outlive_readers()
_SCRIPT = (Path(__file__).parent / "course_apply.sh").read_text(encoding="utf-8")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_apply`."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("roles", "reasons", "background"))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Mend role after role; the result says what was changed, or why a role was not done."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        # Those of preflight are for the probe; outside of that role they cannot be told.
        known = {k: v for k, v in (task_vars or {}).items() if not k.startswith("preflight_")}
        roles, beside = self._task.args["roles"], self._task.args["background"]
        if self._task.check_mode:
            reasons = self._task.args["reasons"]
            return result | {"changed": bool(reasons), "lines": reasons}
        values = state.values(known, self._templar.template, self._connection.transport)
        steps = [(role, "begin" if role in beside else "run") for role in roles]
        steps += [(role, "wait") for role in roles if role in beside]
        lines: list[str] = []
        seat = known["inventory_hostname"]
        for role, doing in steps:
            Display().display(_("{seat}：配置 {role}", seat=seat, role=role))
            sent = None if doing == "wait" else _packed(state.mending(role, values))
            script = f"role={shlex.quote(role)} doing={doing}\n{_SCRIPT}"
            done = self._low_level_execute_command(
                f"/bin/sh -c {shlex.quote(script)}", in_data=sent
            )
            said = state.shown(str(done.get("stdout", "")).replace("\r\n", "\n").strip())
            for line in re.findall(r"^changed (.*)$", said, re.MULTILINE):
                lines.append(f"{role} {line}")
                Display().display(f"  {seat} {role} {line}")
            if done.get("rc") != 0:
                reason = said or state.shown(str(done.get("stderr", "")).strip())
                return result | {"failed": True, "lines": lines, "msg": failure(role, reason)}
        return result | {"changed": bool(lines), "lines": lines}


def failure(role: str, said: str) -> str:
    """Return why a role was not done, from what its program said: a refusal by itself, else with cure and log."""
    if refused := re.search(r"^refuse (.*)", said, re.MULTILINE | re.DOTALL):
        return refused[1]
    cure = re.search(r"^cure (.*)$", said, re.MULTILINE)
    return _(
        "座位上的 {name} 没有做成：{reason}\n{cure}{log}",
        name=role,
        reason=re.split(r"^failed ", said, maxsplit=1, flags=re.MULTILINE)[-1],
        cure=cure[1] if cure else on_seats("请再运行一次。"),
        log=_("完整记录在座位的 /var/log/coursebox-{name}.log。", name=role),
    )


def _packed(files: list[bytes]) -> bytes:
    """Return a tar archive of a program's files under their numbers, the last of them as `program`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in zip([*map(str, range(len(files) - 1)), "program"], files, strict=True):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()

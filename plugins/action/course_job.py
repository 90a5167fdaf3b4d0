"""Runs a script on a seat beside the tasks that follow, and waits for it later; no Python is started there.

    course_job: {name: packages, script: "{{ lookup('ansible.builtin.file', 'install.sh') }}", arguments: [300]}
    course_job: {name: packages, cure: 请检查网络，再运行一次。}

With a script the job begins: it goes on whatever becomes of the connection and of the playbook, and one of the same
name that still runs, from a playbook that was killed, is waited for first. Without one the job is waited for. What the
script writes to file descriptor 3 is its result: lines that begin with "changed" or "failed"; all else goes to
/var/log/coursebox-<name>.log.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import on_seats  # noqa: E402
from classroom.i18n import translated as _  # noqa: E402

_HEAD = """\
set -eu
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mkdir -p /run/coursebox/{name}
cd /run/coursebox/{name}
exec 9> lock
flock 9
"""
_BEGIN = """\
rm -f done
cat > script
setsid sh -c 'sh script "$@" 3> result 9>&- && : > done' job {arguments} > /var/log/coursebox-{name}.log 2>&1 < /dev/null &
"""
_WAIT = """\
cat result
if [ -e done ]; then exit 0; fi
grep -q '^failed' result || echo "failed $(tail -n 3 /var/log/coursebox-{name}.log)"
exit 1
"""


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_job`."""

    _supports_check_mode = True
    _VALID_ARGS = frozenset(("name", "script", "arguments", "cure"))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Begin a job, or wait for it and say whether it changed anything."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = self._task.args
        if self._task.check_mode:
            return result | {"skipped": True, "changed": False}
        script = on_seats.script(arguments.get("script", ""))
        words = shlex.join(str(word) for word in arguments.get("arguments", []))
        shell = (_HEAD + (_BEGIN if script else _WAIT)).format(
            name=arguments["name"], arguments=words
        )
        done = self._low_level_execute_command(
            f"/bin/sh -c {shlex.quote(shell)}", in_data=script.encode() if script else None
        )
        if script and done.get("rc") == 0:
            return result | {"changed": False}
        said = str(done.get("stdout", "")).strip()
        if done.get("rc") != 0:
            reason = said.rpartition("failed ")[2] or str(done.get("stderr", "")).strip()
            name, cure = arguments["name"], on_seats(arguments.get("cure", "请再运行一次。"))
            log = _("完整记录在座位的 /var/log/coursebox-{name}.log。", name=name)
            return result | {
                "failed": True,
                "msg": _(
                    "座位上的 {name} 没有做成：{reason}\n{cure}{log}",
                    name=name,
                    reason=reason,
                    cure=cure,
                    log=log,
                ),
            }
        lines = said.splitlines()
        return result | {
            "changed": any(line.startswith("changed") for line in lines),
            "lines": lines,
        }

"""Collects a student's work from a seat: packs it there as the student, fetches it, and verifies it by its checksum.

    course_collect:
      user: tarena
      owner: "20260101"
      seat: seat01
      course_class: 1f0c9e2a
      into: /path/of/the/class/collected/work/20260101

A seat whose account belongs to somebody else, or to another class, is refused, and so is one whose home is half removed; one
where another verb works answers with `rc` 75. What was collected before is never replaced: work that has changed is laid
beside it under a name of its own, and work that has not is not fetched again. The archive stands in memory on the seat, so a
full disk does not matter.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import re
import resource
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom import collected  # noqa: E402
from classroom.files import replace  # noqa: E402
from classroom.i18n import on_seats, script  # noqa: E402
from classroom.i18n import translated as _  # noqa: E402

_LOCK = script(ROOT / "classroom/on_seat/lock.sh")
_PROVE = script(ROOT / "classroom/on_seat/prove.sh")
_PROGRAM = script(ROOT / "classroom/on_seat/pack.py")
_FOLDER = "/run/coursebox-collect"
# What of it is older was left by a run that was killed.
_MINUTES = 10
_LARGEST = 8 * 1024 * 1024
_WHOLE = 64 * 1024 * 1024
_FETCHED = 2 * _WHOLE
_SECONDS = 120
_SCRIPT = on_seats.script("""
set -- {user} {owner} {seat} {course_class}
doing='make collect'
{lock}
{prove}
set -eu
if [ -e /var/lib/coursebox/removed/verified ] && [ "$(getent shadow "$account" | cut -d: -f8)" = 1 ]; then
  echo "移除 $student 的时候中断了，主目录可能只剩一半，所以没有收：存档是完整的，再运行一次 make remove LIMIT=$3。"
  exit 3
fi
umask 077
find /run -maxdepth 1 -name '{name}.*' -mmin +{minutes} -exec rm -rf {{}} +
folder=$(mktemp -d {folder}.XXXXXXXX)
chmod 0711 "$folder"
( ulimit -f {blocks}
  exec timeout {seconds} runuser -u {user} -- env -i HOME="$home" PATH="$PATH" LC_ALL=C.UTF-8 \
    /usr/bin/python3 -IS -c {program} {largest} {whole} ) > "$folder/work.tar.gz" ||
  {{ echo "在座位上打包没有成功"; rm -rf "$folder"; exit 3; }}
chown "${{SUDO_USER:-root}}" "$folder/work.tar.gz"
sha256sum "$folder/work.tar.gz"
""")


class ActionModule(ActionBase):  # type: ignore[misc]
    """The task `course_collect`; arguments `user`, `owner`, `seat`, `course_class` and `into`."""

    _VALID_ARGS = frozenset(("user", "owner", "seat", "course_class", "into"))

    def run(
        self, tmp: str | None = None, task_vars: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Collect; `class_data.collected` says what is there now."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        into = Path(self._task.args["into"])
        proof = ("user", "owner", "seat", "course_class")
        script = _script(*(str(self._task.args[name]) for name in proof))
        packed = self._low_level_execute_command(f"/bin/sh -c {shlex.quote(script)}")
        match = re.search(
            rf"^([0-9a-f]{{64}})  ({_FOLDER}\.[A-Za-z0-9]{{8}})/work",
            str(packed.get("stdout", "")),
            re.MULTILINE,
        )
        if packed.get("rc") != 0 or match is None:
            said = [str(packed.get(stream, "")).strip() for stream in ("stdout", "stderr")]
            msg = said[0] or said[1] or _("打包没有成功")
            return result | {"failed": True, "msg": msg, "rc": packed.get("rc"), "stdout": said[0]}
        known = collected.latest(into)
        changed = known is None or known["sha256"] != match[1]
        if changed:
            try:
                known = self._fetch(into, match[1], f"{match[2]}/work.tar.gz")
            except (collected.DamagedError, AnsibleError, OSError) as error:
                return result | {"failed": True, "msg": _("取回来的内容不对：{error}", error=error)}
        self._low_level_execute_command(f"rm -rf {match[2]}")
        return result | {"changed": changed, "ansible_facts": {"class_data": {"collected": known}}}

    def _fetch(self, into: Path, digest: str, place: str) -> dict[str, Any]:
        into.mkdir(mode=0o700, parents=True, exist_ok=True)
        # One verb of a class works at a time, so these are what a run left that was killed.
        for left in into.glob(".*.*"):
            left.unlink()
        partial = into / ".work.part"
        try:
            # The other ways keep all that comes in memory, or try again where a limit was met.
            if self._connection.transport == "ssh":
                self._connection.set_option("ssh_transfer_method", "sftp")
            with _no_larger_than(_FETCHED):
                self._connection.fetch_file(place, str(partial))
            data = partial.read_bytes()
        finally:
            partial.unlink(missing_ok=True)
        if hashlib.sha256(data).hexdigest() != digest:
            raise collected.DamagedError(_("校验和对不上"))
        manifest = collected.manifest(io.BytesIO(data))
        now = datetime.datetime.now().astimezone()
        name = f"{now:%Y%m%d-%H%M%S}-{digest[:8]}.tar.gz"
        replace(into / name, data, mode=0o600)
        entry = {
            "file": name,
            "sha256": digest,
            "size": len(data),
            "collected": now.isoformat(timespec="seconds"),
            "files": len(manifest.files),
            "left_out": manifest.left_out,
            "left_out_count": manifest.left_out_count,
        }
        replace(into / collected.LATEST, json.dumps(entry, ensure_ascii=False).encode(), mode=0o600)
        return entry


@contextmanager
def _no_larger_than(size: int) -> Iterator[None]:
    """Let no file of this process and its children grow beyond a size: who is root on a seat can send without end."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _script(user: str, owner: str, seat: str, course_class: str) -> str:
    return _SCRIPT.format(
        user=shlex.quote(user),
        owner=shlex.quote(owner),
        seat=shlex.quote(seat),
        course_class=shlex.quote(course_class),
        lock=_LOCK,
        prove=_PROVE,
        folder=_FOLDER,
        name=Path(_FOLDER).name,
        minutes=_MINUTES,
        blocks=_FETCHED // 512,
        seconds=_SECONDS,
        program=shlex.quote(_PROGRAM),
        largest=_LARGEST,
        whole=_WHOLE,
    )

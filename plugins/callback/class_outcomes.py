"""Writes how a playbook went on each seat, as JSON, to the file that COURSEBOX_OUTCOMES names."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from classroom.i18n import translated as _  # noqa: E402
from classroom.text import plain  # noqa: E402

DOCUMENTATION = """
name: class_outcomes
type: aggregate
short_description: Writes each seat's outcome to a file.
description:
  - A seat's outcome is a reason (empty where all went well), whether anything changed, and the facts named class_data.
requirements:
  - COURSEBOX_OUTCOMES names the file
"""
_LONGEST = 300
_UNREACHABLE = _("连不上")
# What Ansible writes before the words of ssh itself.
_PREFIX = re.compile(r"^(?:Task failed: ?)?(?:Failed to connect to the host via ssh: ?)?")
_OFF = _("没有开机：make up 造的座位运行 make up，现成的机器开机，再来一次")
# What ssh says, and what it means to somebody who stands in the classroom; {host} is the host as ssh names it.
_MEANINGS = (
    (
        re.compile(r"Host key for (\S+) has changed|REMOTE HOST IDENTIFICATION HAS CHANGED"),
        _("换了一台机器，或者重装过：确认没有人冒充以后，运行 ssh-keygen -R '{host}'，再来一次"),
    ),
    (re.compile("Connection refused"), _("{off}；或者没有运行 sshd", off=_OFF)),
    (re.compile("timed out|Timeout"), _("不应答：死机、断网，或者被防火墙挡住")),
    (re.compile("No route to host"), _("{off}；或者没有接上网络", off=_OFF)),
    (
        re.compile("Could not resolve hostname"),
        _("不认识这个名字：先 make up；现成的机器，地址写进 hosts.yml"),
    ),
    (re.compile("Permission denied"), _("不让登录：检查 ansible_user 和钥匙")),
)


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """The callback plugin `class_outcomes`."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "class_outcomes"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        """Know no seat yet."""
        super().__init__()
        self._reasons: dict[str, str] = {}
        self._data: dict[str, dict[str, Any]] = {}

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """Keep the first reason."""
        if not ignore_errors:
            self._keep(result, _("没有做完"))

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep the reason."""
        self._keep(result, _UNREACHABLE)

    def v2_runner_retry(self, result: Any) -> None:
        """Tell for whom the seat waits, which is what tasks are tried again for."""
        self._display.display(
            _("{seat}：{words}", seat=_seat(result), words=plain(_content(result).get("stdout")))
        )

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep what the seat was asked for."""
        content = _content(result)
        if content.get("notices"):
            self._data.setdefault(_seat(result), {})["notices"] = content["notices"]
        facts = content.get("ansible_facts", {})
        if "class_data" in facts:
            self._data.setdefault(_seat(result), {}).update(facts["class_data"])

    def v2_playbook_on_stats(self, stats: Any) -> None:
        """Write the file."""
        outcomes = {
            seat: {
                "reason": self._reasons.get(seat, ""),
                "changed": stats.summarize(seat)["changed"] > 0,
                "data": self._data.get(seat, {}),
            }
            for seat in stats.processed
            if seat != "localhost"
        }
        Path(os.environ["COURSEBOX_OUTCOMES"]).write_text(json.dumps(outcomes), encoding="utf-8")

    def _keep(self, result: Any, kind: str) -> None:
        self._reasons.setdefault(_seat(result), reason(_content(result), kind))


def reason(content: dict[str, Any], kind: str) -> str:
    """Return one line, safe to show, for why a task did not come to its end on a seat."""
    # What a command said itself tells more than Ansible's words for its exit code; its end says why it ended. With a
    # terminal both of its outputs are one, and stderr is ssh's own.
    if content.get("rc") and str(content.get("stdout", "")).strip():
        line = plain(str(content["stdout"])[-_LONGEST:], _LONGEST)
        return _("{kind}：{line}", kind=kind, line=line) if line else kind
    text = str(content.get("msg") or content.get("stderr") or content.get("stdout") or "")
    line = _PREFIX.sub("", plain(text, _LONGEST))
    if kind != _UNREACHABLE:
        return (
            _("{kind}：{line}", kind=kind, line=line)
            if line
            else _("{kind}：座位什么也没有说，再运行一次试试", kind=kind)
        )
    if not line:
        return _(
            "{kind}：连接断了，座位可能没有开机（make up 造的运行 make up），或正在重启：看看它，再运行一次",
            kind=kind,
        )
    for pattern, meaning in _MEANINGS:
        if match := pattern.search(text):
            host = match[1] if pattern.groups and match[1] else _("座位的地址")
            return _(
                "{kind}：{meaning}（{line}）",
                kind=kind,
                meaning=meaning.format(host=plain(host.rstrip("."), 80)),
                line=line,
            )
    return _("{kind}：{line}", kind=kind, line=line)


def _seat(result: Any) -> str:
    return str(result._host.get_name())


def _content(result: Any) -> dict[str, Any]:
    content: dict[str, Any] = result._result
    return content

"""Writes how a playbook went on each seat, as JSON, to the file that COURSEBOX_OUTCOMES names."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

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
_UNREACHABLE = "连不上"
# What Ansible writes before the words of ssh itself.
_PREFIX = re.compile(r"^(?:Task failed: ?)?(?:Failed to connect to the host via ssh: ?)?")
# What ssh says, and what it means to somebody who stands in the classroom.
_MEANINGS = (
    ("Connection refused", "没有开机，或者没有运行 sshd"),
    ("timed out", "不应答：死机、断网，或者被防火墙挡住"),
    ("No route to host", "没有开机，或者没有接上网络"),
    ("Could not resolve hostname", "不认识这个名字：地址写进 hosts.yml"),
    ("Permission denied", "不让登录：检查 ansible_user 和钥匙"),
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "换了一台机器：确认以后 ssh-keygen -R"),
)


# A connection that ends in the middle has no words.
_NO_MEANING = "连接断了：座位停电、重启，或者断网；等它开机，再运行一次"


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
            self._keep(result, "没有做完")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        """Keep the reason."""
        self._keep(result, _UNREACHABLE)

    def v2_runner_on_ok(self, result: Any) -> None:
        """Keep what the seat was asked for."""
        content = _content(result)
        if content.get("told"):
            self._data.setdefault(_seat(result), {})["told"] = content["told"]
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
        content = _content(result)
        # What a command said itself tells more than Ansible's words for its exit code; its end says why it ended. With a
        # terminal both of its outputs are one, and stderr is ssh's own.
        if content.get("rc") and str(content.get("stdout", "")).strip():
            line = " ".join(str(content["stdout"]).split())[-_LONGEST:]
        else:
            text = str(content.get("msg") or content.get("stderr") or content.get("stdout") or "")
            line = _PREFIX.sub("", " ".join(text.split()))[:_LONGEST]
            meanings = [meaning for words, meaning in _MEANINGS if words in line]
            if kind == _UNREACHABLE:
                line = f"{meanings[0] if meanings else _NO_MEANING}（{line or 'ssh 什么也没有说'}）"
        self._reasons.setdefault(_seat(result), f"{kind}：{line}" if line else kind)


def _seat(result: Any) -> str:
    return str(result._host.get_name())


def _content(result: Any) -> dict[str, Any]:
    content: dict[str, Any] = result._result
    return content

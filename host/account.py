"""Lets the account that runs the host tool use what only a group may use."""

from __future__ import annotations

import functools
import grp
import os
import pwd
import shlex
import sys
from collections.abc import Sequence

from host import commands, install
from host.errors import HostError
from host.i18n import translated as _

# What starts this command again.
AGAIN = [sys.executable, "-m", "host", *sys.argv[1:]]


def join(group: str, arguments: Sequence[str]) -> None:
    """Join a group that an account other than root needs, and start this command again within it.

    `arguments` is the command to start again. Returns where this process is in the group already, as root always is;
    raises HostError where the account cannot be helped.
    """
    if os.geteuid() == 0 or _is_in(group):
        return
    user = pwd.getpwuid(os.geteuid()).pw_name
    if user not in _members(group):
        print(
            _("coursebox：把用户 {user} 加入 {group} 组", user=user, group=group), file=sys.stderr
        )
        _as_root("groupadd", "--force", "--system", group)
        _as_root("usermod", "--append", "--groups", group, user)
        if install.has_apt():
            report = functools.partial(print, file=sys.stderr)
            install.apt(install.missing(install.GROUP_TOOLS), report)
    if not _sg_lets_in(group):
        raise HostError(
            _(
                "用户 {user} 已经在 {group} 组里，但要重新登录才算数：请注销再登录，然后再运行一次。",
                user=user,
                group=group,
            )
        )
    os.execvp("sg", ["sg", group, "-c", shlex.join(arguments)])


def enter(group: str, arguments: Sequence[str]) -> None:
    """Start this command again within a group that the account is in, where its login is older than that.

    `arguments` is the command to start again. Returns where there is nothing to do, or no way in.
    """
    if os.geteuid() == 0 or _is_in(group):
        return
    if pwd.getpwuid(os.geteuid()).pw_name in _members(group) and _sg_lets_in(group):
        os.execvp("sg", ["sg", group, "-c", shlex.join(arguments)])


def _sg_lets_in(group: str) -> bool:
    # Some hosts lack sg, and some forbid it; an account that did not get in would start again for ever.
    return group in commands.run(["sg", group, "-c", "id -Gn"]).stdout.split()


def _as_root(command: str, *arguments: str) -> None:
    done = commands.run(commands.as_root([install.find(command) or command, *arguments]))
    if done.returncode:
        raise HostError(
            _(
                "sudo {command} {arguments} 没有成功：{said}。请自己运行它，重新登录后再运行一次。",
                command=command,
                arguments=" ".join(arguments),
                said=done.stderr.strip(),
            )
        )


def _is_in(group: str) -> bool:
    try:
        # Debian 13's sg makes the group the effective one alone.
        return grp.getgrnam(group).gr_gid in {os.getegid(), *os.getgroups()}
    except KeyError:
        return False


def _members(group: str) -> list[str]:
    try:
        return grp.getgrnam(group).gr_mem
    except KeyError:
        return []

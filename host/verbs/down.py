"""`down`: destroys this checkout's machines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from host import account, consent, engine, machines, seat, vagrant
from host.errors import HostError
from host.i18n import translated as _
from host.lock import alone
from host.paths import ROOT

HELP = "destroy this checkout's machines"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take one machine, and the answer to the question."""
    consent.option(parser)
    parser.add_argument("--seat", help="this one alone")


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Destroy them, or the one that is named; asks first when students' work stands on them."""
    engine.enter_group(account.AGAIN)
    with alone("up"):
        _down(settings, options.seat, consent.given(options.yes))
    return 0


def _down(settings: Mapping[str, str], named: str | None, agreed: bool) -> None:
    known = machines.existing()
    if not known:
        print(_("没有课程机器。"))
        return
    names = known if named is None else [machines.named(named)]
    if not agreed:
        for name in names:
            _ask_about_work(name, settings)
    virtual = vagrant.machines()
    if made := [name for name in names if name in virtual]:
        vagrant.destroy(made, machines.count(settings))
        machines.write_ssh_config(settings)
    for name in set(names) - set(virtual):
        seat.destroy(name)
        print(_("{name} 已经删除。", name=name))


def _ask_about_work(name: str, settings: Mapping[str, str]) -> None:
    """Ask before a machine with students' work goes; one that cannot be looked into counts as having some."""
    script = (ROOT / "host/work.sh").read_text(encoding="utf-8")
    looked = machines.run(name, settings, "sh -s", script)
    found = looked.stdout.splitlines()
    if looked.returncode == 0 and not found:
        return
    count = (
        _("{count} 个（例如 ~/{found}）", count=len(found), found=found[0])
        if looked.returncode == 0
        else _("数目不明的")
    )
    question = _(
        "{name} 上有学生改过或新写的 {count} 文件，销毁后不能找回。", name=name, count=count
    )
    if not sys.stdin.isatty():
        raise HostError(_("{question}确定要销毁请运行 make down YES=1。", question=question))
    if input(_("{question}确定销毁吗？输入 yes：", question=question)).strip() != "yes":
        raise HostError(_("没有销毁任何机器。"))

"""`tools`: installs what the tests need: a container engine, Vagrant where the archive has it, the pinned Python tools."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from host import account, engine, install, steps, up
from host.i18n import translated as _
from host.lock import alone
from host.providers import docker
from host.steps import Progress, Step

HELP = "install what the tests need on this host"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Take none."""


def run(settings: Mapping[str, str], options: argparse.Namespace) -> int:
    """Install what is missing."""
    engine.enter_group(account.AGAIN)
    with alone("up"):
        plan = up.host_plan(docker, ["ansible", "test"], install.missing(install.TEST_TOOLS))
        plan.append(Step(_("容器引擎"), engine.ensure, after=[_("主机软件")]))
        if install.missing(install.VAGRANT_TOOLS):
            plan.append(Step("Vagrant", install.vagrant_if_offered, after=[_("主机软件")]))
        steps.run(plan, Progress())
    return 0

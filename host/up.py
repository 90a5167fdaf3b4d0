"""Brings this checkout's course machines up and provisions them."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from host import (
    box,
    checks,
    engine,
    install,
    libvirt,
    lock,
    machines,
    providers,
    provision,
    seat,
    steps,
    vagrant,
)
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD
from host.providers import Provider, docker
from host.steps import Progress, Reporter, Step

_COURSE_SEAT = re.compile(r"seat[0-9]{2,3}")
_VAGRANT = ("vagrant", "vagrant-libvirt")
_LOGIN_SECONDS = 60.0
# Container seats that start side by side.
_TOGETHER = 4


def up(settings: Mapping[str, str], progress: Progress) -> None:
    """Bring the machines up and provision them; running it again goes on where it stopped.

    All that can be known to be wrong is found before anything changes. Raises HostError.
    """
    # Nothing here is in a vault, and Ansible would not even start where a class's key is missing.
    os.environ.pop("ANSIBLE_VAULT_PASSWORD_FILE", None)
    name = _provider(settings)
    provider = providers.load(name)
    checks.disk(provider.storage())
    if provider.VIRTUAL:
        checks.memory(settings)
    checks.ports(settings)
    prerequisites = provider.prerequisites()
    more = []
    if provider.VIRTUAL and box.is_lacking(settings):
        prerequisites["box"] = box.ensure
        more = box.missing(settings)
    sets = [] if settings["provisioner"] == "ansible_local" else ["ansible"]
    plan = host_plan(provider, sets, more)
    host_ready = [step.name for step in plan]
    plan += [
        Step(name, lambda report, work=work: work(settings, report), after=[_("主机软件")])  # type: ignore[misc]
        for name, work in prerequisites.items()
    ]
    ready = [*host_ready, *prerequisites]
    if provider.VIRTUAL:
        plan.append(
            Step(
                _("课程机器"), lambda report: _virtual_machines(name, settings, report), after=ready
            )
        )
    else:
        plan += [
            Step(_("座位"), lambda report: _container_seats(settings, report), after=ready),
            Step(_("配置"), lambda report: _provision(settings, report), after=[_("座位")]),
        ]
    last = plan[-1].name
    plan.append(Step(_("登录"), lambda report: _verify_logins(settings, report), after=[last]))
    seconds = steps.run(plan, progress)
    (BUILD / "up-seconds.json").write_text(json.dumps(seconds, ensure_ascii=False, indent=2) + "\n")
    print(_banner(settings), flush=True)


def _provider(settings: Mapping[str, str]) -> str:
    """Return the provider of the machines that are there, else of those to be made. Raises HostError."""
    virtual = vagrant.machines()
    standing = sorted(set(virtual.values()) or ({"docker"} if seat.names() else set()))
    if settings["provider"] == "auto" and standing and standing[0] in providers.names():
        return standing[0]
    provider = providers.choose(settings)
    if providers.load(provider).VIRTUAL:
        vagrant.verify_origin()
    if standing and provider not in standing:
        raise HostError(
            _(
                "这里的课程机器 {existing} 是 {owner} 开的，不能改用 {provider}：请先 make down，或另用一个目录。",
                existing=" ".join(machines.existing()),
                owner=standing[0],
                provider=provider,
            )
        )
    providers.load(provider).verify_settings(settings)
    return provider


def host_plan(provider: Provider, sets: list[str], more: list[str]) -> list[Step]:
    """Return the steps that install what the host lacks, once it is known that it can be installed.

    `sets` are files of requirements/ for the virtual environment, `more` are further apt packages. Raises HostError.
    """
    venv = install.venv_packages() if sets else []
    wanted = [*provider.packages(), *venv, *more]
    install.verify_host(wanted)
    provider.join_group()
    first = [package for package in wanted if package not in _VAGRANT]
    vagrant = [package for package in wanted if package in _VAGRANT]
    plan = [Step(_("主机软件"), lambda report: install.apt(first, report))]
    if provider.VIRTUAL:
        plan.append(
            Step("Vagrant", lambda report: install.apt(vagrant, report), after=[_("主机软件")])
        )
    if sets:
        plan.append(
            Step(_("Python 环境"), lambda report: install.venv(report, sets), after=[_("主机软件")])
        )
    return plan


def container_seat(name: str, settings: Mapping[str, str], report: Reporter) -> seat.Seat:
    """Bring up the course's container seat of that name (seat01, …), with all that it needs, and return it.

    Raises HostError.
    """
    if not _COURSE_SEAT.fullmatch(name):
        raise HostError(_("{name!r} 不是课程机器的名字：它们叫 seat01、seat02……。", name=name))
    engine.ensure(report)
    with lock.alone(name):
        if seat.state(name) == "absent":
            checks.ports(settings)
            docker.ensure_image(settings, report)
        return seat.create(name, settings, report, machines.wanted_ports(name, settings))


def _container_seats(settings: Mapping[str, str], report: Reporter) -> str:
    names = machines.wanted(settings)
    with ThreadPoolExecutor(_TOGETHER) as pool:
        list(pool.map(lambda name: container_seat(name, settings, report), names))
    return _ready(names)


def _provision(settings: Mapping[str, str], report: Reporter) -> str:
    return provision.provision(
        [seat.load(name) for name in machines.wanted(settings)], settings, report
    )


def _virtual_machines(provider: str, settings: Mapping[str, str], report: Reporter) -> str:
    names = machines.wanted(settings)
    vagrant.up(provider, names, machines.count(settings), report)
    machines.write_ssh_config(settings)
    return _ready(names)


def _ready(names: list[str]) -> str:
    others = [name for name in machines.existing() if name not in names]
    return _("已就绪；{others} 保持原样", others=" ".join(others)) if others else _("已就绪")


def _verify_logins(settings: Mapping[str, str], report: Reporter) -> str:
    for name in machines.existing():
        deadline = time.monotonic() + _LOGIN_SECONDS
        while (tried := machines.run(name, settings, "cut -d. -f1 /proc/uptime")).returncode:
            if time.monotonic() > deadline:
                raise HostError(
                    _("课程用户登录不了 {name}：{said}", name=name, said=tried.stderr.strip())
                )
            time.sleep(0.2)
        report(_("{name} 可以登录", name=name))
        libvirt.forward(name, machines.wanted_ports(name, settings), int(tried.stdout))
    return _("全部可以登录")


def _banner(settings: Mapping[str, str]) -> str:
    rows = [
        _(
            "  {name}：ssh {ssh}，课程服务 127.0.0.1:{course}（机器上的 8888） 和 127.0.0.1:{web}（机器上的 8000）",
            name=name,
            ssh=ports[22],
            course=ports[8888],
            web=ports[8000],
        )
        for name in machines.existing()
        for ports in [machines.ports(name, settings)]
    ]
    user = settings.get("users_name", "tarena")
    password = _("是你在设置里给的那个") if "users_password" in settings else _("是 tarena")
    return "\n".join(
        [
            "",
            _("课程机器已经就绪。"),
            _(
                "  登录：make ssh（用户 {user}，sudo 问的密码{password}）",
                user=user,
                password=password,
            ),
            _("  开始：登录后输入 lab，它会告诉你从哪里学起。"),
            _("  端口（只在本机可达）："),
            *rows,
            _("  停用：make down    再次配置：make up"),
        ]
    )

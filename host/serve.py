"""Serves this checkout's boxes on the classroom's network, by Twisted: whole files and the rest of broken-off ones."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from host import install
from host.box.metadata import BOXES
from host.errors import HostError
from host.i18n import translated as _
from host.paths import BUILD, VENV
from host.steps import Reporter

SERVED = BUILD / "served"


def boxes(settings: Mapping[str, str], report: Reporter) -> int:
    """Serve until ctrl-c what `make box` made; return the server's exit code.

    Raises HostError where there is no box, or its file is gone, no address on a network, or the port is taken.
    """
    address = settings["serve_address"] or _address()
    port = int(settings["serve_port"])
    listings = sorted(BOXES.glob("*.json"))
    if not listings:
        raise HostError(
            _("还没有 box：请先运行 make box（或 make box GOLDEN=1），再运行 make serve-boxes。")
        )
    _verify(address, port)
    install.venv(report, ["serve"])
    base = f"http://{address}:{port}"
    shutil.rmtree(SERVED, ignore_errors=True)
    SERVED.mkdir(parents=True)
    names = [_offer(listed, base) for listed in listings]
    print(
        _(
            "在 {base} 提供 box，按 ctrl-c 结束。学生在 settings/local.yml 里写（选一个）：",
            base=base,
        )
    )
    for name, listed in zip(names, listings, strict=True):
        print(f"  box: {name}\n  box_url: {base}/{listed.name}\n")
    print(end="", flush=True)
    listen = f"--listen=tcp:{port}:interface={address}"
    command = [str(VENV / "bin/twist"), "--log-format=text", "web", f"--path={SERVED}", listen]
    # What a script starts in the background inherits that ctrl-c is ignored, and nothing else would end this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # One that comes before there is something to end waits.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    with subprocess.Popen(command) as running:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
            return running.wait()
        except KeyboardInterrupt:
            running.terminate()
            print(_("\n不再提供 box。"))
            return 0


def _offer(listed: Path, base: str) -> str:
    """Put a box into the folder that is served, its metadata with addresses there; return the box's name."""
    content: dict[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    for version in content["versions"]:
        for provider in version["providers"]:
            packed = Path(url2pathname(urlsplit(provider["url"]).path))
            if not packed.exists():
                raise HostError(
                    _(
                        "{listed} 里的 {packed} 不在了：请删掉 {listed}，再运行 make box。",
                        listed=listed,
                        packed=packed,
                    )
                )
            os.link(packed, SERVED / packed.name)
            provider["url"] = f"{base}/{packed.name}"
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    (SERVED / listed.name).write_text(text, encoding="utf-8")
    return str(content["name"])


def _address() -> str:
    """Return this host's address on the network that it reaches others by; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            raise HostError(
                _(
                    "这台主机没有连上网络：请先连上教室的网络，或用 COURSEBOX_SERVE_ADDRESS=… 写明地址。"
                )
            ) from None
        return str(probe.getsockname()[0])


def _verify(address: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise HostError(
                _(
                    "不能在 {address} 的端口 {port} 上提供 box（设置项 serve_address、serve_port）：{reason}。请换一个，例如 COURSEBOX_SERVE_PORT={port2} make serve-boxes。",
                    address=address,
                    port=port,
                    reason=error.strerror,
                    port2=port + 1,
                )
            ) from error

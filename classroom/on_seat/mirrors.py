"""Runs on the seat: asks the addresses that it would install from; argument: JSON with apt, ports, security, proxy and pip.

An empty address stands for the seat's own. Prints a JSON list of what (apt, security, pip), address, seconds and reason.
"""

import concurrent.futures
import json
import platform
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

wanted = json.loads(sys.argv[1])
system = platform.freedesktop_os_release()
suite = system.get("VERSION_CODENAME", "")
# Ubuntu's packages for other processors stand in an archive of their own.
if system.get("ID") == "ubuntu" and platform.machine() not in ("x86_64", "i686"):
    wanted["apt"] = wanted["ports"]
proxies = {"http": wanted["proxy"]} if wanted["proxy"] else {}


def own_archives() -> list[str]:
    """Return the release files that apt itself would ask for."""
    printed = subprocess.run(
        ["apt-get", "--print-uris", "update"], capture_output=True, text=True, check=False
    ).stdout
    return re.findall(r"^'([^']*InRelease)'", printed, re.MULTILINE)


def own_index() -> str:
    """Return pip's official index; nothing where the seat has no pip yet."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return ""
    return str(PyPI.simple_url)


def addresses() -> Iterator[tuple[str, str]]:
    """Return pairs of what is wanted and where."""
    own = own_archives() if not (wanted["apt"] and wanted["security"]) else []
    for what, path in (("apt", suite), ("security", f"{suite}-security")):
        if wanted[what]:
            yield what, f"{wanted[what].rstrip('/')}/dists/{path}/InRelease"
        else:
            ours = "-security/" if what == "security" else f"/{suite}/"
            yield from ((what, address) for address in own if ours in address)
    index = wanted["pip"] or own_index()
    if index:
        yield "pip", f"{index.rstrip('/')}/pip/"


def ask(pair: tuple[str, str]) -> dict[str, object]:
    """Return how an address answers."""
    what, address = pair
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler(proxies if what != "pip" else None)
    )
    begun = time.monotonic()
    reason = ""
    try:
        opener.open(urllib.request.Request(address, method="HEAD"), timeout=10).close()
    except urllib.error.HTTPError as error:
        reason = f"回答 {error.code}"
    except (OSError, ValueError) as error:
        reason = f"不回答（{getattr(error, 'reason', error)}）"
    return {"what": what, "address": address, "seconds": time.monotonic() - begun, "reason": reason}


with concurrent.futures.ThreadPoolExecutor() as pool:
    print(json.dumps(list(pool.map(ask, addresses()))))

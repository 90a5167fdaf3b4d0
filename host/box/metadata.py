"""What Vagrant has to know of a box (its metadata), and what tells whether it is the one that the settings describe."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from host import golden, wheels
from host.paths import BUILD
from host.suites import SUITES

HERE = Path(__file__).parent
BOXES = BUILD / "boxes"
_TITLE = "Coursebox: "
# The disk's size as the machine sees it; in the box it takes what is used. It may be made larger: the root grows.
DISK_GIB = 20


def name(settings: Mapping[str, str]) -> str:
    """Return the name of the box that the settings describe, without `coursebox/`; settings/settings.rb says the same."""
    golden_part = "-golden" if settings["image"] == "golden" else ""
    return settings["suite"] + golden_part + ("-arm64" if architecture(settings) == "arm64" else "")


def architecture(settings: Mapping[str, str]) -> str:
    """Return the architecture that the settings name, this host's own for `auto`."""
    if settings["architecture"] != "auto":
        return settings["architecture"]
    return "arm64" if platform.machine() in ("aarch64", "arm64") else "amd64"


def path(settings: Mapping[str, str]) -> Path:
    """Return where that box's metadata is, which `vagrant box add` takes."""
    return BOXES / f"{name(settings)}.json"


def read(listed: Path) -> dict[str, Any]:
    """Return what a file of metadata says."""
    content: dict[str, Any] = json.loads(listed.read_text(encoding="utf-8"))
    return content


def packed(listed: Path, provider: str) -> Path:
    """Return where a provider's box stands, by its metadata."""
    (version,) = read(listed)["versions"]
    (url,) = [each["url"] for each in version["providers"] if each["name"] == provider]
    return Path(url2pathname(urlsplit(url).path))


def fingerprint(settings: Mapping[str, str]) -> str:
    """Return a digest of all that the box is made of; another one means another box."""
    digest = hashlib.sha256(str(DISK_GIB).encode())
    for part in sorted(HERE.iterdir()):
        if part.is_file():
            digest.update(part.name.encode() + b"\0" + part.read_bytes())
    digest.update(architecture(settings).encode())
    suite = SUITES[settings["suite"]]
    digest.update(f"{suite} {wheels.purpose(suite.python)}".encode())
    for key in ("suite", "mirror", "keyring"):
        digest.update(f"{key}={settings[key]}\0".encode())
    if settings["image"] == "golden":
        digest.update(golden.sources())
    return digest.hexdigest()


def write(
    settings: Mapping[str, str],
    fingerprint: str,
    version: str,
    description: str,
    packed: Mapping[str, Path],
) -> None:
    """Replace the box's metadata, once all files that it names are there: `packed`, by provider."""
    kind = architecture(settings)
    providers = [
        {
            "name": provider,
            "url": file.as_uri(),
            "checksum_type": "sha256",
            "checksum": hashlib.sha256(file.read_bytes()).hexdigest(),
            "architecture": kind,
            "default_architecture": True,
        }
        for provider, file in packed.items()
    ]
    content = {
        "name": f"coursebox/{name(settings)}",
        "description": f"{_TITLE}{description}",
        "versions": [{"version": version, "providers": providers}],
        "coursebox": fingerprint,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    new = path(settings).with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path(settings))


def description(settings: Mapping[str, str]) -> str:
    """Return what the box's metadata says of it."""
    return str(read(path(settings))["description"]).removeprefix(_TITLE)

"""The environment of every verb: what of the user's shell counts is said here, and nowhere else.

Variables that steer tools which the verbs use are the checkout's to set. What stays is what names places on the network,
secrets and this project's own settings; docs/reference/settings.md lists it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from host import connections
from host.paths import BUILD, ROOT, VENV
from lab import i18n

# How this checkout's Python is started: it writes UTF-8 in any locale, each line at once, and reads nothing of PYTHON* or the
# user's packages.
FLAGS = ("-X", "utf8", "-E", "-s", "-u")
_DROPPED = (
    *("ANSIBLE_", "VAGRANT_", "PIP_", "PYTHON", "LC_", "MOLECULE_", "PYTEST_", "MYPY", "RUFF_"),
    *("RUBY", "GEM_", "BUNDLE_", "YAMLLINT_", "SHELLCHECK_", "GREP_"),
    # What the make around this one was told.
    *("MAKE", "MFLAGS", "GNUMAKEFLAGS"),
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"),
)
_DROPPED_NAMES = frozenset(
    (
        "LANG",
        "LANGUAGE",
        "VIRTUAL_ENV",
        "BASH_ENV",
        "ENV",
        "CDPATH",
        "TAR_OPTIONS",
        "POSIXLY_CORRECT",
    )
)
_KEPT = frozenset(
    (
        "ANSIBLE_VAULT_PASSWORD_FILE",
        *("VAGRANT_HOME", "VAGRANT_SERVER_URL", "VAGRANT_LOG"),
        *(
            "PIP_INDEX_URL",
            "PIP_EXTRA_INDEX_URL",
            "PIP_NO_INDEX",
            "PIP_FIND_LINKS",
            "PIP_TRUSTED_HOST",
        ),
        *(
            "PIP_CERT",
            "PIP_CLIENT_CERT",
            "PIP_PROXY",
            "PIP_TIMEOUT",
            "PIP_DEFAULT_TIMEOUT",
            "PIP_RETRIES",
        ),
        *("PIP_CONFIG_FILE", "PIP_CACHE_DIR", "PIP_NO_CACHE_DIR", "PIP_KEYRING_PROVIDER"),
    )
)


def settle(module: str, arguments: Sequence[str]) -> None:
    """Give this process and its children the environment of verbs; starts `python -m module` anew where that takes it."""
    wanted = of_verbs(os.environ)
    os.environ.clear()
    os.environ.update(wanted)
    if not (sys.flags.utf8_mode and sys.flags.ignore_environment):
        os.execv(sys.executable, [sys.executable, *FLAGS, "-m", module, *arguments])


def of_verbs(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what counts of an environment, and what the checkout sets itself."""
    kept = {
        name: value
        for name, value in environ.items()
        if (name in _KEPT and value) or not (name in _DROPPED_NAMES or name.startswith(_DROPPED))
    }
    return kept | {
        # Every Linux has this locale, and Ansible wants one of UTF-8.
        "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8",
        # What messages are in stays the user's choice; no other tool has a catalog of either name.
        "LANGUAGE": i18n.wanted(environ),
        # Else Ansible would pass over it where everybody may write to the checkout.
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        # A pip.conf may say otherwise, in which an environment of its own has no say.
        "PIP_USER": "0",
    }


def become(module: str, arguments: Sequence[str]) -> NoReturn:
    """Let this process become a module of the virtual environment, which finds what it calls there first.

    Raises OSError where there is no virtual environment, HostError where this account has no folder for connections.
    """
    wanted = of_verbs(os.environ)
    wanted["ANSIBLE_SSH_CONTROL_PATH_DIR"] = str(connections.folder())
    wanted["PATH"] = f"{VENV / 'bin'}{os.pathsep}{wanted.get('PATH', os.defpath)}"
    python = str(VENV / "bin/python")
    os.execve(python, [python, *FLAGS, "-m", module, *arguments], wanted)

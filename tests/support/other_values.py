"""For every variable of every role another value than its default, as one seat can have them all at once."""

from __future__ import annotations

from typing import Any

# What a test knows only when it runs: what of its host and of its seat the values name.
PLACES = {"archive": "", "security": "", "proxy": "", "key": "", "authority": "", "packages": []}


def values(places: dict[str, Any]) -> dict[str, Any]:
    """Return them, by the variable's name; `places` says what PLACES names.

    `archive` and `security` are addresses of the seat's archives, `proxy` of a proxy, `key` is a public key, `authority` the
    path of a certificate, `packages` what the course needs by default.
    """
    return {
        "ca_certificates_files": [places["authority"]],
        "labs_releases_kept": 1,
        "packages_commands": ["hello", "ls"],
        "packages_downloads": ["figlet"],
        "packages_lock_timeout": 123,
        "packages_mirror": places["archive"],
        "packages_names": [*places["packages"], "hello"],
        # These two are of Ubuntu alone; test_ubuntu_ways.py tries the mirror.
        "packages_names_ubuntu": ["language-pack-de"],
        "packages_ports_mirror": "http://127.0.0.1:9/ports",
        "packages_proxy": places["proxy"],
        "packages_security_mirror": places["security"],
        "preflight_all": True,
        "preflight_free_mb": 1000,
        "preflight_suites": ["bookworm"],
        "python_index": "http://127.0.0.1:9/simple",
        "python_timeout": 7,
        "servers_enabled": ["7.3"],
        "shell_history_size": 321,
        "sshd_key_only_users": ["vagrant", "nobody"],
        "sshd_login_grace_time": 45,
        "sshd_max_auth_tries": 4,
        "sshd_permit_root_login": "no",
        "system_hostname": "kurs",
        "system_locale": "zh_SG.UTF-8",
        "system_locales": ["de_DE.UTF-8"],
        "system_timezone": "Asia/Tokyo",
        "users_adopt_login_keys": False,
        "users_authorized_keys": [places["key"]],
        "users_class": "0123456789abcdef",
        "users_home_mode": "0711",
        "users_name": "xuesheng",
        "users_owner": "20269999",
        "users_password": "geheim ' 密 1",
        "users_password_update": "always",
        "vim_indent": 3,
    }

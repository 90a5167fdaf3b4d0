"""Where things stand in the checkout."""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SETTINGS = ROOT / "settings"
VENV = ROOT / ".venv"
KEY = BUILD / "key"
SEATS = BUILD / "seats"
SSH_CONFIG = SEATS / "ssh_config"
LOGS = BUILD / "log"
# A folder only where systemd is the first process: sd_booted(3).
SYSTEMD = Path("/run/systemd/system")
# Tells checkouts apart that share an engine or a libvirt.
CHECKOUT = hashlib.sha256(os.fsencode(ROOT)).hexdigest()[:8]

"""Where things stand in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
SETTINGS = ROOT / "settings"
VENV = ROOT / ".venv"
KEY = BUILD / "key"
SEATS = BUILD / "seats"
LOGS = BUILD / "log"

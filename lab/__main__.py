"""Entry of `python3 -m lab`, for a checkout; an installed seat starts `launch.py`."""

import sys

from lab.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m bench [NAME…] [--runs 5]`: measures side by side in one run; without a name all of them."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import bench
from bench import measure

# What the benchmarks share, and what is no benchmark.
_OTHERS = ("measure", "__main__")


def main() -> int:
    """Measure and print; return 0, also where a goal is missed: figures are to be read, not to fail."""
    known = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if m.name not in _OTHERS)
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(known))
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    if unknown := set(options.names) - set(known):
        parser.error(f"no benchmark {unknown.pop()}; there are {', '.join(known)}")
    print(measure.HEAD)
    for name in options.names or known:
        importlib.import_module(f"bench.{name}").run(options.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The verbs behind make: `python3 -m host VERB`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from host import environment, place, verbs
from host.errors import HostError
from host.i18n import translated as _
from host.settings import load


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one verb; return 0, 1 when it failed for a reason the user can mend, or 2 for wrong use."""
    options = _parser().parse_args(arguments)
    try:
        place.verify()
        # What runs in the virtual environment, such as the tests, reads its settings itself.
        settings = {} if options.verb == "python" else load()
        return int(options.call(settings, options))
    except HostError as error:
        print(_("coursebox：{error}", error=error), file=sys.stderr)
        return 1
    except OSError as error:
        print(_("coursebox：{error}", error=place.explain(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_("coursebox：已中断；再运行一次就会接着做。"), file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m host", description=__doc__)
    known = parser.add_subparsers(dest="verb", required=True)
    for found in sorted(pkgutil.iter_modules(verbs.__path__), key=lambda entry: entry.name):
        verb = importlib.import_module(f"host.verbs.{found.name}")
        own = known.add_parser(found.name.replace("_", "-"), help=verb.HELP)
        verb.arguments(own)
        own.set_defaults(call=verb.run)
    return parser


if __name__ == "__main__":
    environment.settle("host", sys.argv[1:])
    sys.exit(main())

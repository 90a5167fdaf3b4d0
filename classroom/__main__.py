"""The instructor's verbs behind make: `.venv/bin/python -m classroom VERB`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from collections.abc import Sequence

from classroom import course_class, verbs
from classroom.course_class import ClassError
from classroom.i18n import translated as _
from host import place
from host.errors import HostError


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one verb; return 0, 1 when something failed, or 2 for wrong use."""
    options = _parser().parse_args(arguments)
    try:
        one = course_class.find(options.folder)
        for remark in one.roster.remarks:
            print(_("coursebox：{error}", error=remark), file=sys.stderr)
        return int(options.call(one, options))
    except (ClassError, HostError) as error:
        print(_("coursebox：{error}", error=error), file=sys.stderr)
        return 1
    except OSError as error:
        print(_("coursebox：{error}", error=place.explain(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(_("coursebox：已中断；再运行一次就会接着做。"), file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m classroom", description=_("教师的命令；平时用 make 运行。")
    )
    parser.add_argument("--class", dest="folder", help=_("班级文件夹"))
    subparsers = parser.add_subparsers(dest="verb", required=True)
    for module in sorted(pkgutil.iter_modules(verbs.__path__), key=lambda entry: entry.name):
        verb = importlib.import_module(f"classroom.verbs.{module.name}")
        own = subparsers.add_parser(module.name.replace("_", "-"), help=verb.HELP)
        verb.options(own)
        own.set_defaults(call=verb.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())

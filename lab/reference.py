"""Writes docs/reference/lab-command.md from the real parser: `python3 -m lab.reference > docs/reference/lab-command.md`."""

from __future__ import annotations

import sys

from lab import errors, i18n, output
from lab.parser import Parser, command
from lab.verbs.list import STATE_LABELS

_WIDTH = 80
_HEAD = """# The `lab` command

Written by `python3 -m lab.reference` from the parser itself; a test compares the two. Students read Chinese, so the help
below is what they see.
"""
_CODES = f"""## Exit codes

| code | meaning |
| --- | --- |
| {errors.DONE} | done, or passed |
| {errors.FAILED} | not passed, or not done: a full disk, a solution that the student chose not to see; `lab sync --check` found something to do |
| {errors.WRONG_USE} | wrong use: no such lab, a lab not yet started, a port that is taken, a server that is not running, `sudo` in front |
| {errors.BROKEN} | the command, the course files or a check are broken; never the student's fault |

`lab run` becomes the example's program: its exit code is the program's own, 128 + n in a shell when signal n ended it.
"""
_JSON = """## Checks

One check of a student runs at a time; a second one, in another terminal, says so and waits. A check works on a copy in a
temporary folder. What it started has ended, and that folder is gone, when it ends, and when a signal ends it; behind one
that was killed outright the next check sweeps up.

## Progress

A lab passes when `lab check` says so, and stays passed whatever later checks find. One without an exercise asks for
nothing but reading: it passes when `lab show` shows its guide (or when `lab check` is asked). `lab` and `lab list` count
the labs that have passed; `lab` leads to the first that has not, beginning with the one that was worked on last.

## JSON

Each verb with `--json` prints one object. Its `schema` is 2; versions up to 0.1.0 printed 1, with other names for some keys.

`lab list --json` prints `labs`, in the course's order, each with

| key | meaning |
| --- | --- |
| `id`, `title`, `chapter` | texts |
| `state` | {states} |
| `attempts` | how many checks there were |
| `hints` | how many hints were given |
| `updated`, `since` | when anything here changed, and since when the lab is in this state: ISO 8601 with the zone, or null |
| `failure` | what the last check found wrong, in one line, or null |

`lab check --json` prints the same with one lab, which has these keys as well:

| key | meaning | in schema 1 |
| --- | --- | --- |
| `passed` | whether this check passed (`state` stays `passed` when a later one fails) | |
| `steps` | what was checked, in order: `title` and `passed` of each; the first that fails is the last | |
| `command` | of a failed check: what was run; may be empty | `ran` |
| `actual`, `expected` | of a failed check: the result that was found and the one that was expected | `came`, `expected` |
| `hint` | of a failed check: what to look at next | `look` |

A check that cannot be made (exit codes 2 and 3) prints no object.

`lab sync --json` prints

| key | meaning | in schema 1 |
| --- | --- | --- |
| `changed` | whether anything was installed or recorded; with `--check`, whether it would be | |
| `added`, `updated` | how many files were installed anew, and in place of unmodified ones | |
| `modified` | files that the student changed and that have a newer version | `kept` |
| `new_versions` | those newer versions (`.new`) that this run installed | `beside` |
| `deleted` | files that the student deleted; `lab sync --restore` installs them again | `offered` |
| `skipped` | what was left alone and why, for example a folder that is a link | `blocked` |

## Environment

| variable | meaning |
| --- | --- |
| `COURSEBOX_LABFILES` | the folder of the lab files, instead of the one beside the package |
| `COURSEBOX_DEBUG` | when set, an internal error shows its traceback |
| `LANGUAGE`, `LC_ALL`, `LC_MESSAGES`, `LANG` | the language of help and usage errors, see below |
| `NO_COLOR`, `TERM`, `COLUMNS` | as usual: no colour, what the terminal can do, how wide it is |

## Languages

The course is Chinese, and so is all that `lab` says. Help and usage errors can be English as well, for whoever looks after
the machines: in the locale of any language but Chinese. Where no language is chosen (nothing set, or `C`, `C.UTF-8` and
`POSIX`, which programs set) they are Chinese, as the machine's own locale is.
"""


def text() -> str:
    """Return the whole page."""
    i18n.use(i18n.CHINESE)
    parser = command()
    parts = [_HEAD, _section("lab", parser)]
    parts += [_section(f"lab {name}", verb) for name, verb in parser.verbs().items()]
    states = ", ".join(f"`{state}` ({word})" for state, word in STATE_LABELS.items())
    return "\n".join([*parts, _CODES, _JSON.replace("{states}", states)])


def _section(title: str, parser: Parser) -> str:
    return f"## `{title}`\n\n```text\n{parser.help_text(_WIDTH)}```\n"


if __name__ == "__main__":
    output.prepare()
    sys.stdout.write(text())

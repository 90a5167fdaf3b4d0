"""Programs in a terminal with colour; imported only when one is shown, for the library takes its time."""

from __future__ import annotations

import io

from rich.console import Console
from rich.syntax import Syntax


def rendered(name: str, text: str) -> str:
    """Return a program's text with escape sequences, its lines as they are, so that they can be copied."""
    buffer = io.StringIO()
    console = Console(file=buffer, force_terminal=True, legacy_windows=False)
    syntax = Syntax("", Syntax.guess_lexer(name, text), theme="ansi_dark")
    console.print(syntax.highlight(text), soft_wrap=True, end="")
    return buffer.getvalue()

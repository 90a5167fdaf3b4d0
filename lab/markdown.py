"""Markdown in a terminal with colour; imported only when a guide is rendered, for the library takes its time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import ClassVar

import rich._wrap
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.table import Table

from lab import output


def rendered(text: str, width: int) -> str:
    """Return a guide as the terminal shall show it, with its escape sequences."""
    buffer = io.StringIO()
    console = Console(file=buffer, width=width, force_terminal=True, legacy_windows=False)
    console.print(_Guide(text, code_theme="ansi_dark", hyperlinks=False))
    return buffer.getvalue()


class _Table(TableElement):
    """A table whose cells break where they are too long; the library's own cuts letters off."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table."""
        table = Table(box=box.SIMPLE, pad_edge=False, style="markdown.table.border")
        for cell in self.header.row.cells if self.header and self.header.row else ():
            heading = cell.content.copy()
            heading.stylize("markdown.table.header")
            table.add_column(heading, overflow="fold")
        for row in self.body.rows if self.body else ():
            table.add_row(*[cell.content for cell in row.cells])
        yield table


class _Guide(Markdown):
    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": _Table,
    }


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a line may end; the library knows only blanks, and Chinese has none."""
    start = 0
    for word in output.words(text):
        yield start, start + len(word), word
        start += len(word)


setattr(rich._wrap, "words", _words)  # noqa: B010

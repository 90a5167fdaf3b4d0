"""Markdown in a terminal with colour; imported only when a guide is rendered, for the library takes its time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, ClassVar, Final

import rich._wrap
from markdown_it.token import Token
from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.markdown import Markdown, MarkdownElement, TableElement
from rich.table import Table

from lab.text import break_points, cells

_PAUSES: Final = tuple("，。；：？！、）》”…")


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
    """A guide; where a line of its source ends between Chinese letters, no blank is shown."""

    elements: ClassVar[dict[str, type[MarkdownElement]]] = {
        **Markdown.elements,
        "table_open": _Table,
    }

    def __init__(self, text: str, **settings: Any) -> None:
        """Take what the library takes."""
        super().__init__(text, **settings)
        for token in self.parsed:
            if token.children:
                token.children = list(_joined(token.children))


def _joined(tokens: list[Token]) -> Iterator[Token]:
    """Leave out the ends of lines that would show as blanks where Chinese has none."""
    for index, token in enumerate(tokens):
        if token.type == "softbreak":
            before = next((t.content[-1] for t in reversed(tokens[:index]) if t.content), "")
            after = next((t.content[0] for t in tokens[index:] if t.content), "")
            if before in _PAUSES or cells(before) == cells(after) == 2:
                continue
        yield token


def _words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where a line may end; the library knows only blanks, and Chinese has none."""
    start = 0
    for word in break_points(text):
        yield start, start + len(word), word
        start += len(word)


setattr(rich._wrap, "words", _words)  # noqa: B010

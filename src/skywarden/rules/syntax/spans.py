"""Turn `ast` positions (bytes of UTF-8) into source spans (characters)."""

import ast

from skywarden.kernel.spans import SourceSpan


class SpanMaker:
    """Spans of one file."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = text.split("\n")

    def of(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> SourceSpan:
        """Where `node` stands."""
        end_line = node.end_lineno or node.lineno
        end_offset = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return SourceSpan(
            self.file,
            node.lineno,
            self._column(node.lineno, node.col_offset),
            end_line,
            self._column(end_line, end_offset),
        )

    def head(self, node: ast.stmt) -> SourceSpan:
        """The first line of a statement, so that a function is not underlined whole."""
        line = self._lines[node.lineno - 1] if node.lineno <= len(self._lines) else ""
        start = self._column(node.lineno, node.col_offset)
        return SourceSpan(self.file, node.lineno, start, node.lineno, len(line.rstrip()) + 1)

    def point(self, line: int, column: int) -> SourceSpan:
        """One character."""
        return SourceSpan(self.file, max(line, 1), max(column, 1), max(line, 1), max(column, 1) + 1)

    def _column(self, line: int, byte_offset: int) -> int:
        if line > len(self._lines):
            return byte_offset + 1
        text = self._lines[line - 1]
        if text.isascii():
            return byte_offset + 1
        return len(text.encode()[:byte_offset].decode(errors="ignore")) + 1

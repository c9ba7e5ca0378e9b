"""Compiles a module so that each of its branches sets a byte of its own when it is taken.

Branches are: the body of a function, both arms of ``if``, both ends of a loop, each case of
``match``, and each ``except``. What can never run in a test, or need not, is no branch.
"""

from __future__ import annotations

import ast
from types import CodeType

from tests.branches.in_process import NAME

UNCOUNTED = frozenset({"TYPE_CHECKING", "False", "True", "1"})
"""Conditions that decide nothing while the program runs."""


def compile_marked(source: str, path: str, first: int) -> tuple[CodeType, list[int]]:
    """Return the code of a module, and the lines of its branches: their bytes begin at `first`."""
    marker = _Marker(first)
    tree = marker.visit(ast.parse(source))
    return compile(tree, path, "exec", dont_inherit=True), marker.lines


class _Marker(ast.NodeTransformer):
    """Puts a statement at the beginning of each branch; a branch that is not written gets one."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.lines: list[int] = []

    def _mark(self, at: ast.AST) -> ast.stmt:
        line = at.lineno
        number = self.first + len(self.lines)
        self.lines.append(line)
        mark = ast.parse(f"{NAME}[{number}] = 1").body[0]
        for node in ast.walk(mark):
            if hasattr(node, "lineno"):
                node.lineno = node.end_lineno = line
        return mark

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if _is_stub(node):
            return node
        begin = 1 if ast.get_docstring(node, clean=False) is not None else 0
        mark = self._mark(node.body[begin])
        self.generic_visit(node)
        node.body.insert(begin, mark)
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815  # ast's own name

    def visit_If(self, node: ast.If | ast.While) -> ast.AST:
        if ast.unparse(node.test) in UNCOUNTED:
            return self.generic_visit(node)
        return self._mark_both(node)

    visit_While = visit_If  # noqa: N815  # as above

    def _mark_both(self, node: ast.If | ast.While | ast.For | ast.AsyncFor) -> ast.AST:
        taken, passed = self._mark(node.body[0]), self._mark((node.orelse or [node])[0])
        self.generic_visit(node)
        node.body.insert(0, taken)
        node.orelse.insert(0, passed)
        return node

    visit_For = visit_AsyncFor = _mark_both  # noqa: N815  # as above

    def visit_Match(self, node: ast.Match) -> ast.AST:
        marks = [self._mark(case.body[0]) for case in node.cases]
        self.generic_visit(node)
        for case, mark in zip(node.cases, marks, strict=True):
            case.body.insert(0, mark)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        mark = self._mark(node.body[0])
        self.generic_visit(node)
        node.body.insert(0, mark)
        return node


def _is_stub(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function only says what others are like: ``...``, or NotImplementedError."""
    body = node.body[ast.get_docstring(node, clean=False) is not None :]
    return all(
        ast.unparse(statement).startswith(("...", "raise NotImplementedError"))
        for statement in body
    )

"""Says where a file is no PowerShell, by the grammar that editors use (tree-sitter-powershell)."""

import sys

import tree_sitter_powershell
from tree_sitter import Language, Parser

parser = Parser(Language(tree_sitter_powershell.language()))


def flaws(node):
    """Nodes that could not be read, or had to be thought of."""
    if node.is_error or node.is_missing:
        yield node
    for child in node.children:
        yield from flaws(child)


for name in sys.argv[1:]:
    with open(name, "rb") as file:
        tree = parser.parse(file.read())
    if tree.root_node.child_count == 0:
        sys.exit(f"{name} is empty")
    for flaw in flaws(tree.root_node):
        sys.exit(f"{name}:{flaw.start_point.row + 1}: {flaw.text.decode(errors='replace')[:200]!r}")

"""Cycles of a directed graph, found without recursion so that a chain may be of any length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def cycles(arcs: Mapping[str, Iterable[str]]) -> list[tuple[str, ...]]:
    """Return cycles that share no node, each ending with the node that it begins with; empty when there is none.

    Parameters
    ----------
    arcs
        The nodes that follow each node.
    """
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for root in arcs:
        if root in done:
            continue
        stack, path = [(root, iter(arcs[root]))], {root}
        while stack:
            node, rest = stack[-1]
            # A node of a cycle found before is left at once: its other cycles would tell little more.
            following = None if node in done else next((other for other in rest if other not in done), None)
            if following is None:
                stack.pop()
                path.discard(node)
                done.add(node)
            elif following in path:
                found.append(_closed(following, [name for name, _ in reversed(stack)]))
                done.update(found[-1])
            else:
                path.add(following)
                stack.append((following, iter(arcs.get(following, ()))))
    return found


def _closed(first: str, back: list[str]) -> tuple[str, ...]:
    """Return the cycle that a walk closes at `first`, given the walk from its end back to its root."""
    return (first, *reversed(back[: back.index(first)]), first)

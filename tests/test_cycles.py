"""Cycles are found wherever they are, and nothing else is called one."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from auditmatch.cycles import cycles

Arcs = dict[str, list[str]]


def has_cycle(arcs: Arcs) -> bool:
    """Tell by the obvious way: take away nodes that nothing left follows from, until none can be."""
    left = {node: set(after) for node, after in arcs.items()}
    while True:
        ends = [node for node, after in left.items() if not any(other in left for other in after)]
        if not ends:
            return bool(left)
        for node in ends:
            del left[node]


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdef"), max_size=3)))
def test_a_cycle_is_found_exactly_when_there_is_one(arcs: Arcs) -> None:
    """Every cycle reported is walked arc by arc, they share no node, and none is reported of a graph without."""
    found = cycles(arcs)
    assert bool(found) == has_cycle(arcs)
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(after in arcs[node] for node, after in itertools.pairwise(cycle))
    nodes = [node for cycle in found for node in cycle[1:]]
    assert len(nodes) == len(set(nodes))


def test_a_long_chain_is_no_cycle_and_does_not_run_out_of_stack() -> None:
    """A hundred thousand audits one after another are walked without recursion."""
    chain = {str(k): [str(k + 1)] for k in range(100_000)}
    assert cycles(chain) == []
    chain["100000"] = ["99998"]
    assert cycles(chain) == [("99998", "99999", "100000", "99998")]

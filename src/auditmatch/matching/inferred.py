"""Factors of members from their items: by the mean, or by rules where there are some."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from auditmatch.errors import ArgumentError, InputError, InputProblem
from auditmatch.fuzzy_tables import COUNTS, DOMAIN_OF
from auditmatch.matching.domain import Floats
from auditmatch.tables import Table

if TYPE_CHECKING:
    from auditmatch.matching.mamdani import Inference

Rules = Mapping[str, "Inference"]
NO_RULES: Rules = MappingProxyType({})
_DUST = 1e-12  # what rounding leaves of a conclusion that is 0 or 1


def conclude(factor: str, items: Mapping[str, Floats], rules: Rules, members: Table) -> Floats:
    """Return a factor of every member, in [0, 1]: what rules conclude from the items, else the items' mean.

    Parameters
    ----------
    factor
        B1, B2, D or E.
    items
        By name: (members,) what the factor is made of. Counts beyond the top of their domain count as the top.
    rules
        By factor.
    members
        The table of the members, for messages.

    Raises
    ------
    ArgumentError
        For rules that read something else than this factor's items.
    InputError
        For members for which no rule fires; names all rows, and no item: willingness is personal.
    """
    if factor not in rules:
        return np.asarray(np.mean(list(items.values()), axis=0))
    inference = rules[factor]
    strange = [name for name in inference.names if name not in items]
    if strange:
        raise ArgumentError(f"the rules for {factor} read {', '.join(strange)}. Maybe {', '.join(items)}?")
    held = {name: np.clip(items[name], *DOMAIN_OF[name]) if name in COUNTS else items[name] for name in inference.names}
    found = inference.infer(held, unfired="flag")
    if not found.fired.all():
        message, maybe = f"no rule for {factor} fires", "add a rule for the words that hold here?"
        rows = members.source_rows[~found.fired].tolist()
        raise InputError(InputProblem(members.name, row, None, None, message, maybe) for row in rows)
    values = found.values
    values = np.where(values < _DUST, 0.0, np.where(values > 1 - _DUST, 1.0, values))
    return np.asarray(values)

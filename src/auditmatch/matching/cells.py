"""The cells of a table: groups as they come, and the parents of each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from auditmatch.matching.domain import Ints
from auditmatch.matching.keys import Keys, Numbers


class Cells:
    """Numbers of groups and of their parents, shared by demand and supply.

    Attributes
    ----------
    keys
        What a group is named by.
    groups, above
        Numbers of groups; numbers of parents.
    """

    def __init__(self, by: Sequence[str], rollup: bool) -> None:
        self.keys = Keys(by, rollup)
        self.groups, self.above = Numbers(), Numbers()
        self._up: npt.NDArray[np.int32] = np.empty((64, len(self.keys.climbs)), dtype=np.int32)
        self._known = 0

    @property
    def up(self) -> npt.NDArray[np.int32]:
        """Return the parents of each group, (groups, climbs): combinations of levels, the group's own left out."""
        view = self._up[: self._known]
        view.flags.writeable = False
        return view

    def number(self, joined: Ints) -> npt.NDArray[np.int32]:
        """Return the number of the group of each row; new groups get their parents."""
        numbers = self.groups.of(joined)
        new = self.groups.known[self._known :]
        if len(new):
            if self.groups.count > len(self._up):
                # Threads may still read the old one.
                grown = np.empty((2 * self.groups.count, self._up.shape[1]), dtype=np.int32)
                grown[: self._known] = self._up[: self._known]
                self._up = grown
            parents = self.above.of(self.keys.above(new).ravel())
            self._up[self._known : self.groups.count] = parents.reshape(len(new), self._up.shape[1])
            self._known = self.groups.count
        return numbers

"""The matching degree of a register: one row per (field, specialty), and what the article reads off it.

Source: "The matching degree" in the design page; worked number by number in docs/matching.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.domain import Bools, Floats, Ints, Options
from auditmatch.matching.drivers import all_drivers_frame, driver_frame
from auditmatch.matching.factors import (
    WILLINGNESS_ITEMS,
    AuditorFactors,
    Factors,
    Memberships,
    OrganisationFactors,
)
from auditmatch.matching.formula import GroupDifficulty, GroupSufficiency, ideal_difficulty, matching
from auditmatch.matching.frames import Columns, greatest, native_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditmatch.matching.drivers import Reference
    from auditmatch.matching.fuzzy_degree import FuzzyDegree
    from auditmatch.register import Register


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MatchingDegree:
    """P = X / Y of every (field, specialty) of a register, as of one date; `matching_degree` makes it.

    Attributes
    ----------
    register
        What it was read from.
    at
        The date.
    options
        Form, reading, exponents and what is counted.
    factors
        Groups, memberships and the factors of members.
    supply, demand
        A1, B1, C1, X and A2, B2, C2, D, E, Y of each group.
    P
        (groups,) NaN where Y is 0.
    x, y
        (auditors,) sufficiency, NaN without a registration; (organisations,) difficulty.
    """

    register: Register
    at: np.datetime64
    options: Options
    factors: Factors
    supply: GroupSufficiency
    demand: GroupDifficulty
    P: Floats
    x: Floats
    y: Floats

    def __repr__(self) -> str:
        idle = int(np.isnan(self.P).sum())
        return (
            f"MatchingDegree at {self.at}, form {self.options.form}, reading {self.options.reading}: "
            f"{len(self.P)} groups, {int((self.P < 1).sum())} with P below 1, {idle} without projects"
        )

    @property
    def table(self) -> Any:
        """Return one row per (field, specialty), sorted, as a data frame of the register's own library.

        Columns field, specialty, A1, B1, C1, X, A2, B2, C2, D, E, Y, P, schedulable, floored. B1 to E are effective
        means, so that the row multiplies out: X = A1 * B1 / C1; Y = A2 / (B2 * C2 * D * E) in form "product",
        A2 * (1/B2 + 1/C2 + 1/D + 1/E) in form "additive", both without A2 in reading "organisation"; exponents apply to
        their factors. X is 0 without auditors, Y is 0 without projects; B1 and C1, or B2 to E, are then absent. P is
        absent when Y is 0, and 0 when only X is. `schedulable`: at least one auditor, and one organisation where there
        are projects, has no factor given as 0. `floored`: members of the group with a factor raised to the floor.
        """
        columns: Columns = {"field": self.factors.field, "specialty": self.factors.specialty}
        columns |= {name: getattr(self.supply, name) for name in ("A1", "B1", "C1", "X")}
        columns |= {name: getattr(self.demand, name) for name in ("A2", "B2", "C2", "D", "E", "Y")}
        people, clients = self.factors.auditors, self.factors.organisations
        able = self._count(self.factors.supply, people.schedulable) > 0
        willing = (self._count(self.factors.demand, clients.schedulable) > 0) | (self.demand.A2 == 0)
        low = self._count(self.factors.supply, people.floored) + self._count(self.factors.demand, clients.floored)
        return self._frame(columns | {"P": self.P, "schedulable": able & willing, "floored": low})

    @property
    def auditors(self) -> Any:
        """Return auditor_id, groups, B1, C1, x, floored, schedulable of every auditor, in the register's order.

        `groups` counts the groups that the auditor counts for; without any, C1 and x are absent.
        """
        return self._frame(self._auditor_columns() | self._flags(self.factors.auditors))

    @property
    def organisations(self) -> Any:
        """Return organisation_id, projects, B2, C2, D, E, y, floored, schedulable, in the register's order.

        `projects` counts the organisation's projects over all groups.
        """
        return self._frame(self._organisation_columns() | self._flags(self.factors.organisations))

    def auditor_items(self, *items: str) -> Any:
        """Return the items of willingness asked for by name; they are personal, and appear nowhere else.

        Parameters
        ----------
        items
            Any of routine, health, caprice, holidays, incidents.

        Raises
        ------
        UnknownNameError
            For any other name.
        """
        for item in items:
            if item not in WILLINGNESS_ITEMS:
                raise unknown("item of willingness", item, WILLINGNESS_ITEMS)
        return self._frame({name: self.register.auditors[name] for name in ("auditor_id", *items)})

    def short_groups(self, below: float = 1.0) -> Any:
        """Return the groups whose P lies below a threshold, shortest first.

        Columns field, specialty, P, A1, X, Y, missing: the least number of full auditors (x = 1) that lift the group's
        P to the threshold. Each adds 1 to X, so missing = ceil(below * Y - X).

        Raises
        ------
        ArgumentError
            For a threshold that is not a positive number.
        """
        if not (np.isfinite(below) and below > 0):
            raise ArgumentError(f"the threshold {below} is not a positive number. Maybe 1?")
        rows = np.flatnonzero(below > self.P)
        rows = rows[np.argsort(self.P[rows], kind="stable")]
        gap = below * self.demand.Y[rows] - self.supply.X[rows]
        # Rounding must not ask for one auditor more: a gap of 2 + 1e-12 is 2.
        missing = np.maximum(np.ceil(gap - 1e-9 * np.maximum(gap, 1.0)), 1).astype(np.int64)
        columns: Columns = {"field": self.factors.field, "specialty": self.factors.specialty, "P": self.P}
        columns |= {"A1": self.supply.A1, "X": self.supply.X, "Y": self.demand.Y}
        return self._frame({name: values[rows] for name, values in columns.items()} | {"missing": missing})

    def lowest_auditors(self, field: str | None = None, specialty: str | None = None, top: int | None = 10) -> Any:
        """Return the auditors who lower X most, greatest first.

        Columns auditor_id, groups, B1, C1, x, gain, P_without. `gain`: how much X, summed over the groups looked at,
        would rise were all factors of this auditor 1: groups * (1 - x). `P_without` is P without this cause,
        (X + gain) / Y of the sums over the groups looked at; absent where Y is 0. `groups` counts the groups looked at.

        Parameters
        ----------
        field, specialty
            Look at the groups of this field, of this specialty, of both; None: of all.
        top
            Most rows returned; None: everyone in these groups.

        Raises
        ------
        UnknownNameError
            For a field or specialty without a group.
        """
        groups = self._selected(field, specialty)
        member = self.factors.supply.member[groups[self.factors.supply.group]]
        count = np.bincount(member, minlength=len(self.x))
        gain = count * (1.0 - self.x)
        after = matching(self.supply.X[groups].sum() + gain, self.demand.Y[groups].sum())
        columns = self._auditor_columns() | {"groups": count, "gain": gain, "P_without": after}
        return self._frame(greatest(columns, gain, count > 0, top))

    def hardest_organisations(
        self, field: str | None = None, specialty: str | None = None, top: int | None = 10
    ) -> Any:
        """Return the organisations that raise Y most, greatest first.

        Columns organisation_id, projects, B2, C2, D, E, y, excess, P_without. `excess`: how much Y, summed over the
        groups looked at, would fall were all factors of this organisation 1. Each project counts y - 1 (form
        "additive": y - 4), in reading "organisation" divided by A2 of its group; it is negative where several
        certificates make an organisation easier than the ideal. `P_without` is P without this cause, X / (Y - excess)
        of the sums over the groups looked at. `projects` counts those in the groups looked at.

        Parameters
        ----------
        field, specialty, top
            As in `lowest_auditors`.

        Raises
        ------
        UnknownNameError
            For a field or specialty without a group.
        """
        groups = self._selected(field, specialty)
        chosen = groups[self.factors.demand.group]
        group, member = self.factors.demand.group[chosen], self.factors.demand.member[chosen]
        share = np.ones(len(group)) if self.options.reading == "load" else 1.0 / self.demand.A2[group]
        weight = np.bincount(member, weights=share, minlength=len(self.y))
        excess = weight * (self.y - ideal_difficulty(self.options.form))
        count = np.bincount(member, minlength=len(self.y))
        after = matching(self.supply.X[groups].sum(), self.demand.Y[groups].sum() - excess)
        columns = self._organisation_columns() | {"projects": count, "excess": excess, "P_without": after}
        return self._frame(greatest(columns, excess, count > 0, top))

    def fuzzy(self, levels: int | Sequence[float] = 11) -> FuzzyDegree:
        """Return P of every group as a fuzzy number, from what the table `fuzzy` of the register says.

        Parameters
        ----------
        levels
            How many levels from 0 (support) to 1 (core), evenly spaced, or the levels themselves. Cuts are exact at
            each; only the centroid depends on how many there are.

        Raises
        ------
        ArgumentError
            For other levels, or where factors were inferred by rules: P need not be monotone in what rules read.
        """
        from auditmatch.matching.fuzzy_degree import fuzzy_degree

        return fuzzy_degree(self, levels)

    def drivers(self, field: str, specialty: str, reference: Reference = "ideal") -> Any:
        """Return how much each factor of a group takes from log P, or adds to it, against a reference.

        Columns factor (A1, B1, C1, A2, B2, C2, D, E), value, reference, contribution, share. Contributions are in
        natural logarithms and sum to ln P - ln P of the reference: -0.69 halves P. `share` is the contribution over the
        sum of the sizes of all. Where a side has no members the limits hold that `drivers.split` states: A1 = 0
        contributes -inf (P is 0), A2 = 0 contributes +inf (P is absent), and the absent means contribute 0.

        Parameters
        ----------
        field, specialty
            The group.
        reference
            "ideal": all factors 1, so that P is 1 (form "additive": 1/4); (field, specialty): another group of this
            degree; another MatchingDegree: the same group there, say a year before, where it may be absent.

        Raises
        ------
        UnknownNameError
            For a group that is not known.
        ArgumentError
            For an unknown reference, or one of another form, reading or exponents.
        """
        return driver_frame(self, field, specialty, reference)

    def all_drivers(self, reference: Reference = "ideal") -> Any:
        """Return the contributions of `drivers` for all groups; against another degree, for the groups of either.

        Columns field, specialty, P, reference (P there), A1, B1, C1, A2, B2, C2, D, E (contributions), change (their
        sum, ln P - ln P of the reference; absent where neither auditors nor projects are there).

        Parameters
        ----------
        reference
            As in `drivers`, which also states the errors.
        """
        return all_drivers_frame(self, reference)

    def _selected(self, field: str | None, specialty: str | None) -> Bools:
        """Tell which groups are of the field and of the specialty; shape (groups,)."""
        chosen = np.ones(len(self.P), dtype=np.bool_)
        for what, name, names in (
            ("field", field, self.factors.field),
            ("specialty", specialty, self.factors.specialty),
        ):
            if name is None:
                continue
            mask = np.asarray(names == name)
            if not mask.any():
                raise unknown(what, name, sorted(set(names.tolist())))
            chosen &= mask
        if field is not None and specialty is not None and not chosen.any():
            raise unknown(f"specialty of {field}", specialty, self.factors.specialty[self.factors.field == field])
        return chosen

    def _auditor_columns(self) -> Columns:
        groups = np.bincount(self.factors.supply.member, minlength=len(self.x))
        names, factors = self.register.auditors["auditor_id"], self.factors.auditors
        return {"auditor_id": names, "groups": groups, "B1": factors.B1, "C1": factors.C1, "x": self.x}

    def _organisation_columns(self) -> Columns:
        projects = np.bincount(self.factors.demand.member, minlength=len(self.y))
        columns = {"organisation_id": self.register.organisations["organisation_id"], "projects": projects}
        factors = self.factors.organisations
        return columns | {name: getattr(factors, name) for name in ("B2", "C2", "D", "E")} | {"y": self.y}

    def _flags(self, factors: AuditorFactors | OrganisationFactors) -> Columns:
        return {"floored": factors.floored, "schedulable": factors.schedulable}

    def _frame(self, columns: Columns) -> Any:
        return native_frame(columns, self.register.native)

    def _count(self, members: Memberships, marked: Bools) -> Ints:
        """Count the marked members of each group."""
        return np.bincount(members.group[marked[members.member]], minlength=len(self.P))

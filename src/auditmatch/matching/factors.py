"""The factors A to E read from a register: who counts for which group, and what each member brings.

Source: "The matching degree" in the design page. What its words leave open is settled here:

- A qualification counts when it is valid on the date, of a grade that counts, and its auditor works for the body on
  that date (`from`, `until`).
- The registrations C1 are counted over the same qualifications as A1.
- An organisation that holds certificates needs what they name; one that holds none needs what its open audits require.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.fuzzy_tables import AUDITOR_ITEMS
from auditmatch.matching.demands import coordination, policy
from auditmatch.matching.domain import Bools, Floats, Grades, Ints, Options, Projects, floored
from auditmatch.matching.fuzzy import crisp_values
from auditmatch.matching.inferred import NO_RULES, Rules, conclude

if TYPE_CHECKING:
    from auditmatch.register import Register

WILLINGNESS_ITEMS = AUDITOR_ITEMS
COOPERATION_ITEMS = ("client_timing", "inspections")

Names = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Memberships:
    """Who belongs to which group, each pair once, sorted by group and then by member; shapes (pairs,).

    Attributes
    ----------
    group
        Row of the group.
    member
        Row of the auditor or of the organisation. Where projects are audits, an organisation stands once per audit.
    """

    group: Ints
    member: Ints


@dataclass(frozen=True, slots=True, eq=False)
class AuditorFactors:
    """Factors of all auditors of the register, shapes (auditors,).

    Attributes
    ----------
    B1
        Willingness in [floor, 1].
    C1
        Registrations held on the date; NaN without any.
    floored
        True where the willingness was raised to the floor.
    schedulable
        False where the willingness given is 0.
    """

    B1: Floats
    C1: Floats
    floored: Bools
    schedulable: Bools


@dataclass(frozen=True, slots=True, eq=False)
class OrganisationFactors:
    """Factors of all organisations of the register, shapes (organisations,).

    Attributes
    ----------
    B2, D, E
        Cooperation, coordination and policy in [floor, 1].
    C2
        Certificates held.
    floored
        True where one of B2, D, E was raised to the floor.
    schedulable
        False where one of B2, D, E is given as 0.
    """

    B2: Floats
    C2: Floats
    D: Floats
    E: Floats
    floored: Bools
    schedulable: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Everything that the formula needs: groups, their members on both sides, and the members' factors.

    Attributes
    ----------
    field, specialty
        (groups,) names of the groups, sorted.
    auditors, organisations
        Factors of the members.
    supply, demand
        Auditors of each group; projects of each group.
    """

    field: Names
    specialty: Names
    auditors: AuditorFactors
    organisations: OrganisationFactors
    supply: Memberships
    demand: Memberships


def read_factors(register: Register, at: np.datetime64, options: Options) -> Factors:
    """Read groups, memberships and factors as of a date.

    Groups are the (field, specialty) pairs with an auditor who counts or a project.
    """
    rows = counting_qualifications(register, at, options.grades)
    held = register.qualifications
    auditor = register.index("auditors", held["auditor_id"][rows])
    able = _pairs(held["field"][rows], held["specialty"][rows])
    needed, project, organisation = _needs(register, options.projects)

    names = sorted({*able, *needed})
    number = {name: row for row, name in enumerate(names)}
    group = np.fromiter((number[pair] for pair in able), np.int64, len(able))
    wanted = np.fromiter((number[pair] for pair in needed), np.int64, len(needed))
    supply = Memberships(*_distinct(group, auditor))
    of_group, of_project = _distinct(wanted, project)
    return Factors(
        field=_names([field for field, _ in names]),
        specialty=_names([specialty for _, specialty in names]),
        auditors=auditor_factors(register, at, options),
        organisations=organisation_factors(register, options.floor, options.inference),
        supply=supply,
        demand=Memberships(of_group, organisation[of_project]),
    )


def counting_qualifications(register: Register, at: np.datetime64, grades: Grades) -> Bools:
    """Tell which rows of `qualifications` count on the date."""
    held, auditors = register.qualifications, register.auditors
    employed = _covers(auditors["from"], auditors["until"], at)
    rows = _covers(held["valid_from"], held["valid_until"], at)
    rows &= employed[register.index("auditors", held["auditor_id"])]
    if grades == "auditing":
        rows &= (held["grade"] == "auditor") | (held["grade"] == "lead")
    return rows


def auditor_factors(register: Register, at: np.datetime64, options: Options) -> AuditorFactors:
    """Return B1 = mean of the five items of willingness, or what rules conclude; C1 = registrations on the date."""
    items = {item: crisp_values(register, item, register.auditors[item]) for item in WILLINGNESS_ITEMS}
    raw = conclude("B1", items, options.inference, register.auditors)
    willingness, raised = floored(raw, options.floor)
    rows = counting_qualifications(register, at, options.grades)
    held = register.qualifications
    what = held["field"][rows].tolist()
    if options.registrations == "pairs":
        what = _pairs(held["field"][rows], held["specialty"][rows])
    number = {name: row for row, name in enumerate(dict.fromkeys(what))}
    auditor = register.index("auditors", held["auditor_id"][rows])
    _, holder = _distinct(np.fromiter((number[name] for name in what), np.int64, len(what)), auditor)
    count = np.bincount(holder, minlength=len(raw)).astype(np.float64)
    return AuditorFactors(willingness, np.where(count > 0, count, np.nan), raised, raw > 0)


def organisation_factors(register: Register, floor: float, inference: Rules = NO_RULES) -> OrganisationFactors:
    """Return B2 = mean of the two items of cooperation, or what rules conclude; C2; D and E as given or derived."""
    plain = organisation_items(register, inference)
    items = {item: crisp_values(register, item, values) for item, values in plain.items()}
    raw_b2 = conclude("B2", {item: items[item] for item in COOPERATION_ITEMS}, inference, register.organisations)
    raw_d, raw_e = items["coordination"], items["policy"]
    (b2, low_b2), (d, low_d), (e, low_e) = (floored(raw, floor) for raw in (raw_b2, raw_d, raw_e))
    schedulable = (raw_b2 > 0) & (raw_d > 0) & (raw_e > 0)
    return OrganisationFactors(b2, items["certificates"], d, e, low_b2 | low_d | low_e, schedulable)


def organisation_items(register: Register, inference: Rules = NO_RULES) -> dict[str, Floats]:
    """Return the plain items of all organisations; (organisations,).

    Coordination and policy are derived where the register gives none: by rules from the counts behind them, where
    there are rules for D and E.
    """
    table = register.organisations
    items = {item: table[item].astype(np.float64) for item in (*COOPERATION_ITEMS, "certificates")}
    d, e = coordination(register), policy(register)
    if "D" in inference:
        d = conclude("D", {"due_in_week": np.rint(1 / d)}, inference, table)
    if "E" in inference:
        e = conclude("E", {"demands": np.rint(1 / e - 1)}, inference, table)
    for item, derived in (("coordination", d), ("policy", e)):
        items[item] = np.where(np.isnan(table[item]), derived, table[item])
    return items


def _needs(register: Register, projects: Projects) -> tuple[list[tuple[str, str]], Ints, Ints]:
    """Return (field, specialty) and project of each need, and the organisation of each project.

    Projects are numbered by the rows of `organisations` or of `audits`.
    """
    audits, needs, certificates = register.audits, register.requirements, register.certificates
    owner = register.index("organisations", audits["organisation_id"])
    audit = register.index("audits", needs["audit_id"])
    rows = (audits["status"] == "open")[audit]
    if projects == "audits":
        return _pairs(needs["field"][rows], needs["specialty"][rows]), audit[rows], owner
    holder = register.index("organisations", certificates["organisation_id"])
    holds = np.bincount(holder, minlength=len(register.organisations)) > 0
    rows &= ~holds[owner[audit]]
    pairs = _pairs(certificates["field"], certificates["specialty"])
    pairs += _pairs(needs["field"][rows], needs["specialty"][rows])
    return pairs, np.concatenate([holder, owner[audit[rows]]]), np.arange(len(register.organisations))


def _covers(first: npt.NDArray[Any], last: npt.NDArray[Any], at: np.datetime64) -> Bools:
    """Tell where `at` lies in first .. last, both included; an absent end is open."""
    begun = np.isnat(first) | (first <= at)
    return np.asarray(begun & (np.isnat(last) | (last >= at)))


def _distinct(group: Ints, member: Ints) -> tuple[Ints, Ints]:
    """Return the distinct (group, member) pairs, sorted."""
    width = int(member.max(initial=0)) + 1
    keys = np.unique(group * width + member)
    return keys // width, keys % width


def _pairs(fields: npt.NDArray[Any], specialties: npt.NDArray[Any]) -> list[tuple[str, str]]:
    return list(zip(fields.tolist(), specialties.tolist(), strict=True))


def _names(values: list[str]) -> Names:
    names = np.empty(len(values), dtype=object)
    names[:] = values
    names.setflags(write=False)
    return names

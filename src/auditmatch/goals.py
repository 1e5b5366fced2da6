"""The goals in whole points: lowered once for the engines, valued once for `verify`; every term is 0 or more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auditmatch.agenda import Agenda
from auditmatch.matching.domain import Options as MatchingOptions
from auditmatch.matching.factors import auditor_factors, organisation_factors
from auditmatch.matching.formula import difficulty, sufficiency
from auditmatch.places import kilometres, places
from auditmatch.plan import MEMBER
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Ints, Role, ints
from auditmatch.weights import Weights

TERMS = ("unserved", "deferral", "lateness", "travel", "mismatch", "preference", "keep", "fairness")
# Loads above these shares of the fair share cost one weight more each, so that the load cost is convex.
LOAD_STEPS = (1.0, 1.25, 1.5)
# Days before a legal deadline from which leaving an audit out costs more, up to twice as much.
URGENT_DAYS = 90


@dataclass(frozen=True, slots=True, eq=False)
class Costs:
    """What the goals say to the engines, in points (int64).

    Attributes
    ----------
    weights
        The weights in force.
    penalty
        (audits,) for leaving the audit out: unserved or, where `deferrable`, deferral.
    deferrable
        (audits,) the window runs past the horizon's end.
    preferred
        (audits,) preferred first day as an offset in the calendar.
    travel
        (places of audits + 1, places of homes + 1) points a member and audit; the last row and column are nowhere.
    audit_place, home
        (audits,), (auditors,) rows and columns of `travel`.
    hardness, emptiness
        (audits,) y / greatest y; (auditors,) 1 - x.
    wishes
        By audit: preference of each auditor who has one, times the weight.
    published
        By audit: first slot, slots and team as published.
    load_steps
        (auditors, steps) loads in slots beyond which each further slot costs the fairness weight once more.
    """

    weights: Weights
    penalty: Ints
    deferrable: Bools
    preferred: Ints
    travel: Ints
    audit_place: Ints
    home: Ints
    hardness: npt.NDArray[np.float64]
    emptiness: npt.NDArray[np.float64]
    wishes: dict[int, dict[int, int]]
    published: dict[int, tuple[int, int, frozenset[int]]]
    load_steps: Ints

    def start_costs(self, audit: int, days: Ints) -> Ints:
        """Return the lateness of an audit that begins on days given as offsets in the calendar."""
        return np.asarray(self.weights.lateness * np.maximum(days - self.preferred[audit], 0))

    def seat_terms(self, audit: Ints, people: Ints, counting: Bools) -> dict[str, Ints]:
        """Return travel, mismatch and preference of each (audit, person, counting or not)."""
        mismatch = np.floor(self.weights.mismatch * self.hardness[audit] * self.emptiness[people] + 0.5).astype(
            np.int64
        )
        lack = np.zeros(len(people), dtype=np.int64)
        for k in np.flatnonzero(np.isin(audit, list(self.wishes))) if self.wishes else ():
            wish = self.wishes[int(audit[k])]
            lack[k] = max(0, *wish.values()) - wish.get(int(people[k]), 0)
        return {
            "travel": self.travel[self.audit_place[audit], self.home[people]],
            "mismatch": np.where(counting, mismatch, 0),
            "preference": np.where(counting, lack, 0),
        }

    def seat_costs(self, audit: int, people: Ints, roles: Ints) -> Ints:
        """Return the points of each candidate seat of one audit, `keep_member` included."""
        terms = self.seat_terms(np.full(len(people), audit), people, roles == Role.COUNTING)
        total = np.sum(list(terms.values()), axis=0).astype(np.int64)
        if audit in self.published:
            team = self.published[audit][2]
            total = total + self.weights.keep_member * ~np.isin(people, list(team))
        return np.asarray(total)

    def load_costs(self, people: Ints, load: Ints) -> Ints:
        """Return the fairness points of each person at a load in slots."""
        over = np.maximum(load[:, None] - self.load_steps[people], 0).sum(axis=1)
        return np.asarray(self.weights.fairness * over, dtype=np.int64)


def lower_goals(scene: Scene, weights: Weights, busy: Bools, most: Ints) -> Costs:
    """Turn the goals into arrays.

    Parameters
    ----------
    busy
        (auditors, slots) who is not there.
    most
        (audits,) most people in a team.
    """
    table = scene.register.audits
    zero = scene.calendar.first_day
    wanted = np.where(np.isnat(table["preferred"]), table["earliest"], table["preferred"])
    travel, audit_place, home = _travel(scene, weights.travel)
    wishes, published = _wishes(scene, weights.preference), _published(scene)
    hardness, emptiness = _match(scene)
    preferred = (wanted - zero).astype(np.int64)
    deferrable = np.zeros(len(table), dtype=bool)
    deferrable[scene.audits] = table["latest"][scene.audits] > scene.end
    dearest_trip = np.append(travel.max(axis=1, initial=0), 0)[audit_place]
    wish = np.zeros(len(table), dtype=np.int64)
    for a, mine in wishes.items():
        wish[a] = max(0, *mine.values()) - min(0, *mine.values())
    halves = np.floor(2 * table["person_days"] + 0.5)
    each = dearest_trip + weights.mismatch + wish + weights.keep_member + len(LOAD_STEPS) * weights.fairness * halves
    late = weights.lateness * np.maximum((scene.end - zero).astype(np.int64) - preferred, 0)
    dearest = (each * most + late + weights.keep).astype(np.int64)
    penalty = dearest + np.floor(weights.unserved * table["priority"] * _urgency(scene) + 0.5).astype(np.int64)
    put_off = np.floor(weights.deferral * table["priority"] * _share_inside(scene) + 0.5).astype(np.int64)
    return Costs(
        weights,
        ints(np.where(deferrable, put_off, penalty)),
        deferrable,
        ints(preferred),
        travel,
        audit_place,
        home,
        hardness,
        emptiness,
        wishes,
        published,
        _load_steps(scene, busy),
    )


def value(scene: Scene, costs: Costs, agenda: Agenda, audits: Ints) -> dict[str, int]:
    """Return the points of each term for a plan; `audits` are those that the problem counts.

    Worked out from the agenda's dates; facts and audits outside the problem cost nothing.
    """
    counted = np.zeros(len(scene.register.audits), dtype=bool)
    counted[audits] = True
    out = counted & (agenda.booking_of < 0)
    mine = counted[agenda.audit]
    member = mine[agenda.booking]
    audit, people = agenda.audit[agenda.booking][member], agenda.auditor[member]
    late = (agenda.first_day - scene.calendar.first_day).astype(np.int64) - costs.preferred[agenda.audit]
    seats = costs.seat_terms(audit, people, agenda.role[member] <= MEMBER)
    load = np.bincount(people, agenda.length[agenda.booking][member], minlength=len(costs.home)).astype(np.int64)
    over = np.maximum(load[:, None] - costs.load_steps, 0).sum()
    return {
        "unserved": int(costs.penalty[out & ~costs.deferrable].sum()),
        "deferral": int(costs.penalty[out & costs.deferrable].sum()),
        "lateness": int(costs.weights.lateness * np.maximum(late[mine], 0).sum()),
        **{term: int(points.sum()) for term, points in seats.items()},
        "keep": _keep(scene, costs, agenda, counted),
        "fairness": int(costs.weights.fairness * over),
    }


def _keep(scene: Scene, costs: Costs, agenda: Agenda, counted: Bools) -> int:
    """Compare each served audit with its published booking."""
    rows = [a for a in costs.published if counted[a] and (b := agenda.booking_of[a]) >= 0 and not agenda.fact[b]]
    b = agenda.booking_of[rows]
    first, length = np.array([costs.published[a][:2] for a in rows], dtype=np.int64).reshape(-1, 2).T
    begin = 2 * int(scene.calendar.first_day.astype(np.int64)) + scene.calendar.slot_begin(first)
    same = (begin == agenda.begin[b]) & (length == agenda.length[b])
    cuts = np.searchsorted(agenda.booking, [b, b + 1]).T.tolist()
    points = 0
    for k, (low, high) in enumerate(cuts):
        team, who = costs.published[rows[k]][2], frozenset(agenda.auditor[low:high].tolist())
        points += costs.weights.keep * (not same[k] or who != team) + costs.weights.keep_member * len(who - team)
    return int(points)


def _travel(scene: Scene, weight: int) -> tuple[Ints, Ints, Ints]:
    """Return points between places, and the place of each audit and home; the last index is nowhere."""
    register = scene.register
    names, position = places(register)
    nowhere = len(names)
    points = np.zeros((nowhere + 1, nowhere + 1), dtype=np.int64)
    # Return trip: twice the distance, per 100 km.
    points[:nowhere, :nowhere] = np.floor(weight * 2 * kilometres(*position) / 100 + 0.5)
    at = np.array([names.get(name, nowhere) for name in register.audits["location"]], dtype=np.int64)
    at[register.audits["on_site"] == 0] = nowhere
    home = np.array([names.get(name, nowhere) for name in register.auditors["location"]], dtype=np.int64)
    return points, ints(at), ints(home)


def _match(scene: Scene) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return y / greatest y of each audit's client, and 1 - x of each auditor (1 without a registration)."""
    register = scene.register
    options = MatchingOptions(floor=float(register.setting("floor")))
    people, clients = auditor_factors(register, scene.start, options), organisation_factors(register, options.floor)
    held = ~np.isnan(people.C1)
    x = np.zeros(len(held))
    x[held] = sufficiency(people.B1[held], people.C1[held])
    y = difficulty(clients.B2, clients.C2, clients.D, clients.E)
    client = register.index("organisations", register.audits["organisation_id"])
    greatest = y[client[scene.audits]].max(initial=0)
    return np.minimum(y[client] / greatest, 1) if greatest > 0 else np.zeros(len(client)), 1 - x


def _wishes(scene: Scene, weight: int) -> dict[int, dict[int, int]]:
    """Return the preference points of auditors by audit; several rows of one pair add up."""
    table = scene.register.preferences
    found: dict[int, dict[int, int]] = {}
    for a, i, k in zip(*(part.tolist() for part in scene.preferences("prefer")), strict=True):
        points = int(np.floor(weight * table["weight"][k] + 0.5))
        mine = found.setdefault(a, {})
        mine[i] = mine.get(i, 0) + points
    return found


def _published(scene: Scene) -> dict[int, tuple[int, int, frozenset[int]]]:
    """Return first slot, slots and team of each published booking that starts in a working slot."""
    plan, register = scene.published, scene.register
    rows = register.index("audits", plan["audit_id"])
    people = register.index("auditors", plan["auditor_id"])
    first, last = scene.touched(plan["start"], plan["start_half"] == "pm", plan["end"], plan["end_half"] == "pm")
    teams: dict[int, set[int]] = {}
    span: dict[int, tuple[int, int]] = {}
    for k, a in enumerate(rows.tolist()):
        teams.setdefault(a, set()).add(int(people[k]))
        span.setdefault(a, (int(first[k]), int(last[k] - first[k]) + 1))
    inside = {a for a, (s, length) in span.items() if 0 <= s < scene.calendar.n_slots and length > 0}
    return {a: (*span[a], frozenset(team)) for a, team in teams.items() if a in inside}


def _urgency(scene: Scene) -> npt.NDArray[np.float64]:
    """Return 1 to 2: 2 where the legal deadline falls inside the horizon, less for each day after it."""
    days = (scene.register.audits["deadline"] - scene.end).astype(np.int64)
    return np.asarray(1 + np.clip(1 - days / URGENT_DAYS, 0, 1))


def _share_inside(scene: Scene) -> npt.NDArray[np.float64]:
    """Return the share of each window's days, from the horizon's start on, that lies inside the horizon."""
    table = scene.register.audits
    begin = np.maximum(table["earliest"], scene.start)
    inside = (np.minimum(table["latest"], scene.end) - begin).astype(np.int64) + 1
    whole = (table["latest"] - begin).astype(np.int64) + 1
    return np.asarray(np.clip(inside / np.maximum(whole, 1), 0, 1))


def _load_steps(scene: Scene, busy: Bools) -> Ints:
    """Return the loads at which a further slot costs more: the fair share of the work by presence, and above it."""
    there = (~busy[:, scene.first_slot : scene.last_slot + 1]).sum(axis=1)
    halves = np.floor(2 * scene.register.audits["person_days"][scene.audits] + 0.5)
    slots = halves if scene.calendar.slots_per_day == 2 else np.ceil(halves / 2)
    share = float(slots.sum()) / max(int(there.sum()), 1)
    return np.asarray(np.ceil(there[:, None] * share * np.array(LOAD_STEPS)), dtype=np.int64)

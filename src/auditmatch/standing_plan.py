"""Which bookings of the published plan are in some breach of the rules, and which in none at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.lowered import Lowered
from auditmatch.plan import Plan
from auditmatch.scene import Scene
from auditmatch.shapes import Bools, Rule


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """The published plan as it stands.

    Attributes
    ----------
    suspect
        Audits of it in some breach, those of auditors named in one, and whoever needs one of them.
    sound
        The others that an engine could book as they are: all of them stand together, and beside all facts.
    """

    suspect: frozenset[int]
    sound: frozenset[int]


def standing(scene: Scene, lowered: Lowered, rules: tuple[Rule, ...]) -> Standing:
    """Ask the rules about the published plan."""
    if not len(scene.published):
        return Standing(frozenset(), frozenset())
    agenda, found = scene.agenda(Plan(scene.published))
    breaches = (*found, *(violation for rule in rules for violation in rule.check(scene, agenda)))
    audits, auditors = ({name for v in breaches for name in getattr(v, part)} for part in ("audits", "auditors"))
    table = scene.published
    named = np.isin(table["auditor_id"], list(auditors)) | np.isin(table["audit_id"], list(audits))
    if any(not v.audits and not v.auditors for v in breaches):
        named[:] = True
    suspect = set(scene.register.index("audits", table["audit_id"][named]).tolist())
    booked = set(agenda.audit[agenda.fact].tolist())
    booked |= set(agenda.audit[~agenda.fact & _in_slots(lowered, agenda)].tolist())
    while (
        more := {x.second for x in lowered.links if x.required and (x.first in suspect or x.first not in booked)}
        - suspect
    ):
        suspect |= more
    own = set(agenda.audit[~agenda.fact].tolist())
    return Standing(frozenset(suspect), frozenset((own & booked) - suspect))


def _in_slots(lowered: Lowered, agenda: Agenda) -> Bools:
    """Tell which bookings begin and end with working slots, as those of engines do."""
    calendar = lowered.scene.calendar
    zero, slots = 2 * int(calendar.first_day.astype(np.int64)), calendar.n_slots
    first = calendar.first_slot_from(agenda.first_day, agenda.begin % 2)
    last = first + agenda.length - 1
    inside = (agenda.length > 0) & (first >= 0) & (last < slots)
    first, last = np.clip(first, 0, slots - 1), np.clip(last, 0, slots - 1)
    whole = (lowered.slot_begin[first] == agenda.begin - zero) & (lowered.slot_end[last] == agenda.finish - zero)
    return np.asarray(inside & whole)

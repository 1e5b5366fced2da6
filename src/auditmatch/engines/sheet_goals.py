"""The objective of the CP-SAT model, in whole points."""

from __future__ import annotations

import numpy as np

from auditmatch.engines.sheet import Sheet


def add(sheet: Sheet) -> None:
    """Add every term: penalties, starts, seats, keep, and the growth of the load cost."""
    costs = sheet.problem.costs
    day_of = sheet.problem.lowered.scene.calendar.slot_day.astype(np.int64)
    for a in sheet.audits:
        sheet.points.append(int(costs.penalty[a]) * (1 - sheet.served[a]))
        for (_, start), literal in sheet.starts[a].items():
            late = int(costs.start_costs(a, day_of[[start]])[0])
            if late:
                sheet.points.append(late * literal)
        members = list(sheet.seats[a])
        if members:
            people, roles = np.array(members, dtype=np.int64).T
            for member, points in zip(members, costs.seat_costs(a, people, roles).tolist(), strict=True):
                if points:
                    sheet.points.append(points * sheet.seats[a][member])
        if a in costs.published:
            _keep(sheet, a)
    if costs.weights.fairness:
        _fairness(sheet)


def _keep(sheet: Sheet, audit: int) -> None:
    """Charge an audit that differs in any way from its published booking."""
    start, length, team = sheet.problem.costs.published[audit]
    model, seats = sheet.model, sheet.seats[audit]
    here = [lit for (form, s), lit in sheet.starts[audit].items() if (s, form.length) == (start, length)]
    people = sheet.people(audit)
    weight = sheet.problem.costs.weights.keep
    if not here or not team.issubset(people):
        sheet.points.append(weight * sheet.served[audit])
        return
    same = model.new_bool_var("")
    model.add(sum(here) >= 1).only_enforce_if(same)
    for (i, _), literal in seats.items():
        if i not in team:
            model.add_implication(same, literal.negated())
    for i in team:
        model.add_implication(same, sheet.person(audit, i))
    sheet.points.append(weight * (sheet.served[audit] - same))


def _fairness(sheet: Sheet) -> None:
    """Charge each person's slots above the steps, beyond what the bookings that stand cost already."""
    costs, model = sheet.problem.costs, sheet.model
    sitting: dict[int, list[int]] = {}
    for a in sheet.audits:
        for i in sheet.people(a):
            sitting.setdefault(i, []).append(a)
    for i, audits in sitting.items():
        standing = int(sheet.state.load[i])
        most = sum(max(sheet.lengths[a]) for a in audits)
        load = sum(length * part for a in audits for length, part in sheet.stay(a, i).items())
        for step in costs.load_steps[i].tolist():
            reach = standing + most - step
            if reach > 0:
                before = max(standing - step, 0)
                over = model.new_int_var(before, max(reach, before), "")
                model.add(over >= standing + load - step)
                sheet.points.append(costs.weights.fairness * (over - before))

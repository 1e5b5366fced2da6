"""Rows of the CP-SAT model that bind several free audits: overlap, gaps, caps and links."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from auditmatch.caps import keys_of
from auditmatch.engines.sheet import Literal, Sheet
from auditmatch.lowered import Form
from auditmatch.shapes import KeyCap, Link, Role, SlotCap


def add(sheet: Sheet) -> None:
    """Add all rows between audits."""
    halves = {a: _halves(sheet, a) for a in sheet.audits}
    if sheet.problem.lowered.exclusive:
        _slot_by_slot(sheet) if sheet.timed else _intervals(sheet, halves)
    _roads(sheet, halves)
    for n, cap in enumerate(sheet.problem.lowered.slot_caps):
        _slot_cap(sheet, n, cap)
    for n, key_cap in enumerate(sheet.problem.lowered.key_caps):
        _key_cap(sheet, n, key_cap)
    free = set(sheet.audits)
    for link in sheet.problem.lowered.links:
        if link.first in free and link.second in free:
            _link(sheet, link, halves)


def _halves(sheet: Sheet, audit: int) -> tuple[Any, Any]:
    """Return the first calendar half-day of an audit and the one after its last, as variables."""
    lowered, model = sheet.problem.lowered, sheet.model
    spans = [lowered.halves(start, form.length) for form, start in sheet.starts[audit]] or [(0, 0)]
    begin = model.new_int_var(0, max(b for b, _ in spans), "")
    finish = model.new_int_var(0, max(f for _, f in spans), "")
    model.add(begin == sheet.when(audit, lambda form, s: lowered.halves(s, form.length)[0]))
    model.add(finish == sheet.when(audit, lambda form, s: lowered.halves(s, form.length)[1]))
    return begin, finish


def _window(sheet: Sheet, audit: int) -> tuple[int, int]:
    """Return the first and the last half-day that an audit can touch."""
    spans = [sheet.problem.lowered.halves(start, form.length) for form, start in sheet.starts[audit]]
    return min((b for b, _ in spans), default=0), max((f for _, f in spans), default=0)


def _intervals(sheet: Sheet, halves: dict[int, tuple[Any, Any]]) -> None:
    """Keep a person's audits from overlapping by optional intervals."""
    model = sheet.model
    intervals: dict[int, list[Any]] = {}
    for a in sheet.audits:
        begin, finish = halves[a]
        span = model.new_int_var(0, max(1, _window(sheet, a)[1] - _window(sheet, a)[0]), "")
        model.add(span == finish - begin)
        for i in sheet.people(a):
            interval = model.new_optional_interval_var(begin, span, finish, sheet.person(a, i), "")
            intervals.setdefault(i, []).append(interval)
    for mine in intervals.values():
        if len(mine) > 1:
            model.add_no_overlap(mine)


def _slot_by_slot(sheet: Sheet) -> None:
    """Keep a person's audits from overlapping slot by slot: one literal for each seat and (form, start).

    Many more literals than intervals, and a linear relaxation that sees the people run out.
    """
    model = sheet.model
    busy: dict[tuple[int, int], list[Literal]] = {}
    for a in sheet.audits:
        sits: dict[tuple[Form, int], list[Literal]] = {key: [] for key in sheet.starts[a]}
        for member, seat in sheet.seats[a].items():
            here = {key: model.new_bool_var("") for key in sheet.able[a][member]}
            model.add_exactly_one([*here.values(), seat.negated()])
            for (form, start), literal in here.items():
                model.add_implication(literal, sheet.starts[a][form, start])
                if member[1] == Role.COUNTING:
                    sits[form, start].append(literal)
                for slot in range(start, start + form.length):
                    busy.setdefault((member[0], slot), []).append(literal)
        for (form, start), literals in sits.items():
            model.add(sum(literals) == form.counting * sheet.starts[a][form, start])
    for literals in busy.values():
        if len(literals) > 1:
            model.add_at_most_one(literals)


def _roads(sheet: Sheet, halves: dict[int, tuple[Any, Any]]) -> None:
    """Keep the time that a person needs between two audits: an order for each pair that needs some."""
    model, lowered = sheet.model, sheet.problem.lowered
    for a, c in combinations(sheet.audits, 2):
        (low, high), (begin, end) = _window(sheet, a), _window(sheet, c)
        # Most pairs bind nobody, whoever goes.
        most = max(layer[lowered.site[a]][lowered.site[c]] for layer in lowered.site_need)
        if most < 0 or (most == 0 and lowered.exclusive) or high + most <= begin or end + most <= low:
            continue
        needs: dict[int, list[int]] = {}
        for i in sorted(set(sheet.people(a)) & set(sheet.people(c))):
            needs.setdefault(lowered.need(i, a, c), []).append(i)
        for need, common in needs.items():
            if need < 0 or (need == 0 and lowered.exclusive) or high + need <= begin or end + need <= low:
                continue
            together, first = model.new_bool_var(""), model.new_bool_var("")
            for i in common:
                model.add(sheet.person(a, i) + sheet.person(c, i) <= 1 + together)
            model.add(halves[a][1] + need <= halves[c][0]).only_enforce_if(together, first)
            model.add(halves[c][1] + need <= halves[a][0]).only_enforce_if(together, first.negated())


def _slot_cap(sheet: Sheet, n: int, cap: SlotCap) -> None:
    """Keep each person's weighted slots in each range under the limit, what stands included."""
    sitting: dict[int, list[int]] = {}
    for a in sheet.audits:
        for i in sheet.people(a) if cap.weight[a] > 0 else ():
            sitting.setdefault(i, []).append(a)
    for r, i in enumerate(cap.auditors.tolist()):
        audits = sitting.get(i, [])
        first, last, room = int(cap.first[r]), int(cap.last[r]), int(cap.limit[r] - sheet.state.used[n][r])

        def inside(form: Form, start: int, first: int = first, last: int = last) -> int:
            return max(0, min(start + form.length - 1, last) - max(start, first) + 1)

        most = {a: max((inside(*key) for key in sheet.starts[a]), default=0) * int(cap.weight[a]) for a in audits}
        audits = [a for a in audits if most[a] > 0]
        if sum(most[a] for a in audits) <= room:
            continue
        total: list[Any] = []
        for a in audits:
            weight = int(cap.weight[a])
            if all(inside(*key) == key[0].length for key in sheet.starts[a]):
                total.extend(weight * length * part for length, part in sheet.stay(a, i).items())
                continue
            spent = sheet.model.new_int_var(0, most[a], "")
            sheet.model.add(spent == weight * sheet.when(a, inside)).only_enforce_if(sheet.person(a, i))
            sheet.model.add(spent == 0).only_enforce_if(sheet.person(a, i).negated())
            total.append(spent)
        # What stands may exceed the limit already; then nothing may be added, and nothing need be taken away.
        sheet.model.add(sum(total) <= max(room, 0))


def _key_cap(sheet: Sheet, n: int, cap: KeyCap) -> None:
    """Keep each person's distinct keys in each range under the limit; keys touched by what stands are free."""
    carried: dict[int, list[int]] = {}
    for j, a in enumerate(cap.key_audits.tolist()):
        carried.setdefault(a, []).append(j)
    for r, i in enumerate(cap.auditors.tolist()):
        have = +sheet.state.keys[n][r] if r in sheet.state.keys[n] else {}
        touches: dict[int, list[Literal]] = {}
        for a in sheet.audits:
            if a not in carried or sheet.person(a, i) is None:
                continue
            by_keys: dict[frozenset[int], list[Literal]] = {}
            for (form, start), literal in sheet.starts[a].items():
                if cap.first[r] <= start <= cap.last[r]:
                    touched = keys_of(cap, carried[a], i, start, start + form.length - 1)
                    by_keys.setdefault(frozenset(touched - set(have)), []).append(literal)
            for keys, literals in by_keys.items():
                if keys:
                    everywhere = len(literals) == len(sheet.starts[a])
                    person = sheet.person(a, i)
                    touch = person if everywhere else sheet.both([person, _one_of(sheet, literals)])
                    for key in keys:
                        touches.setdefault(key, []).append(touch)
        room = max(int(cap.limit[r]) - len(have), 0)
        if len(touches) > room:
            sheet.model.add(sum(_one_of(sheet, literals) for literals in touches.values()) <= room)


def _one_of(sheet: Sheet, literals: list[Literal]) -> Literal:
    """Return the literal that one of some is true."""
    if len(literals) == 1:
        return literals[0]
    some = sheet.model.new_bool_var("")
    sheet.model.add_max_equality(some, literals)
    return some


def _link(sheet: Sheet, link: Link, halves: dict[int, tuple[Any, Any]]) -> None:
    """Bind two free audits when both are served."""
    model = sheet.model
    one, other = link.first, link.second
    both = sheet.served[one], sheet.served[other]
    if link.required:
        model.add_implication(both[1], both[0])
    day = {a: _days(sheet, a) for a in (one, other)}
    if link.lo is not None:
        model.add(halves[one][1] <= halves[other][0]).only_enforce_if(*both)
        model.add(day[other][0] - day[one][1] >= link.lo).only_enforce_if(*both)
        if link.hi is not None:
            model.add(day[other][0] - day[one][1] <= link.hi).only_enforce_if(*both)
    if link.within is not None:
        model.add(day[other][0] - day[one][0] <= link.within).only_enforce_if(*both)
        model.add(day[one][0] - day[other][0] <= link.within).only_enforce_if(*both)
    common = sorted(set(sheet.people(one)) & set(sheet.people(other)))
    if link.disjoint:
        for i in common:
            model.add(sheet.person(one, i) + sheet.person(other, i) <= 1)
    if link.share:
        shared = [sheet.both([sheet.person(one, i), sheet.person(other, i)]) for i in common]
        model.add(sum(shared) >= link.share * (both[0] + both[1] - 1))


def _days(sheet: Sheet, audit: int) -> tuple[Any, Any]:
    """Return the first and the last day of an audit as expressions, in days of the calendar."""
    lowered = sheet.problem.lowered
    first = sheet.when(audit, lambda form, s: lowered.halves(s, form.length)[0] // 2)
    last = sheet.when(audit, lambda form, s: (lowered.halves(s, form.length)[1] - 1) // 2)
    return first, last

"""Morning start and days off: when in a week an audit may begin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditmatch.agenda import Agenda
from auditmatch.cases import Case, day, tiny
from auditmatch.plan import Violation
from auditmatch.scene import Scene
from auditmatch.shapes import Ints, Shape, Start, ints


@dataclass(frozen=True, slots=True)
class MorningStart:
    """Audits work only in working half-days; those of two or more start in the morning and keep weeks whole.

    An audit that fits an unbroken run of workdays in its window (inside the horizon) must not straddle a day off; a
    longer one starts on the first morning after a day off. A run ends where a whole day is off.
    """

    name: str = "morning_start"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Bar afternoons, and for each length the starts that straddle or that are not a run's first morning."""
        calendar, audits = scene.calendar, scene.audits
        every = np.arange(calendar.n_slots)
        run_first, run_last = _runs(scene)
        lengths, longest = _lengths(scene), self._longest_run(scene, run_first, run_last)
        for length in lengths:
            if length >= 2 and calendar.slots_per_day == 2:
                yield Start(audits, length, ints(every[calendar.slot_half == 1]), "it must start in the morning")
            straddles = every + length - 1 > run_last
            fits = longest >= length
            yield Start(ints(audits[fits]), length, ints(every[straddles]), "it would straddle a day off")
            late = every != run_first
            yield Start(ints(audits[~fits]), length, ints(every[late]), "it must start after a day off")

    def _longest_run(self, scene: Scene, run_first: Ints, run_last: Ints) -> Ints:
        """Return for each audit to plan the slots of the longest run inside its window."""
        table, audits = scene.register.audits, scene.audits
        first, last = scene.slot_range(table["earliest"][audits], table["latest"][audits])
        first, last = np.maximum(first, scene.first_slot), np.minimum(last, scene.last_slot)
        runs = np.unique(np.stack([run_first, run_last]), axis=1)
        longest = np.zeros(len(audits), dtype=np.int64)
        for begin, end in runs.T:
            longest = np.maximum(longest, np.minimum(last, end) - np.maximum(first, begin) + 1)
        return ints(longest)

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Walk each booking's days: working ends, morning start, days off inside."""
        calendar = scene.calendar
        zero = calendar.first_day.astype(np.int64)
        inside = agenda.shown & (agenda.begin >= 2 * zero) & (agenda.finish <= 2 * (zero + calendar.n_days))
        first, last = np.where(inside, agenda.begin - 2 * zero, 0), np.where(inside, agenda.finish - 1 - 2 * zero, 0)
        whole = calendar.slots_per_day == 1
        idle = [
            ~np.where(whole, calendar.working[e // 2] == 3, calendar.working[e // 2] >> (e % 2) & 1 > 0)
            for e in (first, last)
        ]
        off = np.concatenate([[0], np.cumsum(~scene.worked)])
        breaks = off[last // 2 + 1] > off[first // 2]
        late = (agenda.length >= 2) & (first % 2 == 1)
        found = []
        for b in np.flatnonzero(agenda.shown & (~inside | idle[0] | idle[1] | breaks | late)):
            name = scene.audit_id(agenda.audit[b])
            if not inside[b]:
                fault: str | None = "lies outside the calendar"
            elif idle[0][b] or idle[1][b]:
                fault = "starts or ends in a half-day that is not worked"
            elif late[b]:
                fault = "takes two half-days or more and does not start in the morning"
            else:
                fault = self._across_days_off(scene, agenda, int(b))
            if fault:
                found.append(Violation(self.name, f"{name} {fault}", (name,)))
        return found

    def _across_days_off(self, scene: Scene, agenda: Agenda, b: int) -> str | None:
        """Return what is wrong with a booking that spans a day off, if anything."""
        if _longest_stretch(scene, int(agenda.audit[b])) >= agenda.length[b]:
            return "straddles a day off, and fits an unbroken run of workdays"
        fresh = _after_day_off(scene, int(agenda.begin[b]))
        return None if fresh else "is longer than any run of workdays and does not start after a day off"

    def describe(self) -> str:
        """Return the rule as one sentence."""
        return "Audits start in the morning and do not straddle days off unless they are longer than a week's run."

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a case with days off in mid-week, half days, and audits longer than a run."""
        case = tiny(rng, audits=1, auditors=2, days=5)
        first = int(rng.integers(0, 4))
        case = case.changing("audits", 0, earliest=day(first), latest=day(int(rng.integers(first, 5))), team_max=1)
        case = case.changing("audits", 0, team_min=1, person_days=float(rng.choice([0.5, 1, 1.5, 2, 2.5, 3])))
        words = [str(w) for w in rng.choice(["none", "am", "pm", "full"], size=2, p=[0.5, 0.15, 0.15, 0.2])]
        days = rng.choice(5, size=2, replace=False)
        case = case.changing("audits", 0, preferred=None)
        rows = [{"date": day(int(d)), "working": word} for d, word in zip(days, words, strict=True)]
        if rng.random() < 0.2:
            rows = [row for row in rows if row["working"] in ("none", "full")]
            case = case.having(settings=[{"name": "slots_per_day", "value": "1"}])
        return case.having(calendar=rows)


def _lengths(scene: Scene) -> list[int]:
    """Return every number of slots that an audit to plan can take, and none that none can."""
    table, audits = scene.register.audits, scene.audits
    halves = np.floor(2 * table["person_days"][audits] + 0.5).astype(np.int64)
    slots = halves if scene.calendar.slots_per_day == 2 else -(-halves // 2)
    smallest, largest = table["team_min"][audits].astype(np.int64), table["team_max"][audits].astype(np.int64)
    found: set[int] = set()
    for n in range(1, int(largest.max(initial=0)) + 1):
        found.update((-(-slots[(smallest <= n) & (n <= largest)] // n)).tolist())
    return sorted(found)


def _runs(scene: Scene) -> tuple[Ints, Ints]:
    """Return for each slot the first and the last slot of its unbroken run of workdays."""
    day_of = scene.calendar.slot_day.astype(np.int64)
    new = np.concatenate([[True], np.diff(day_of) > 1]) if len(day_of) else np.zeros(0, dtype=bool)
    run = np.cumsum(new) - 1
    starts = np.flatnonzero(new)
    ends = np.concatenate([starts[1:], [len(day_of)]]) - 1
    return ints(starts[run]), ints(ends[run])


def _longest_stretch(scene: Scene, audit: int) -> int:
    """Count, day by day, the slots of the longest run of workdays in an audit's window inside the horizon."""
    table, calendar = scene.register.audits, scene.calendar
    low = max(table["earliest"][audit], scene.start)
    high = min(table["latest"][audit], scene.end)
    longest = now = 0
    for offset in range(int((low - calendar.first_day).astype(int)), int((high - calendar.first_day).astype(int)) + 1):
        here = int(calendar.day_slot[offset + 1] - calendar.day_slot[offset])
        now = now + here if here else 0
        longest = max(longest, now)
    return longest


def _after_day_off(scene: Scene, begin: int) -> bool:
    """Tell whether a booking that begins in the morning begins after a whole day off."""
    offset = begin // 2 - int(scene.calendar.first_day.astype(np.int64))
    return offset == 0 or not scene.worked[offset - 1]


RULE = MorningStart()

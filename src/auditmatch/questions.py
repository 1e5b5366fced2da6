"""The question of the funnel that left no team, and what is said of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditmatch.funnel import Funnel
from auditmatch.moves import least_moves
from auditmatch.problem import Problem
from auditmatch.words import Message, message, rule_words

_NAMED = re.compile(r"the (pinned|designated) (.+)")
_LEAD = re.compile(r"lead in (.+)")
_PLAIN = {"women": "women", "men": "men", "full-time auditors": "full_time", "interns": "interns"}
_REMEDY = {"impartial": "do_unbar", "present": "do_return", "under_caps": "do_relieve", "free": "do_release"}


def between(first: Any, last: Any) -> Message:
    """Return from which day to which, or on which."""
    return message("on_day", first=first) if first == last else message("between", first=first, last=last)


def span(first: Any, last: Any) -> Message:
    """Return two days as a span."""
    return message("plain", text=first) if first == last else message("span", first=first, last=last)


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason in one word, as one sentence, and what would help."""

    reason: str
    said: Message
    remedy: Message


@dataclass(frozen=True, slots=True)
class Question:
    """The question that left no team, and what is said of it."""

    problem: Problem
    funnel: Funnel
    before: str | None
    stage: str

    def finding(self) -> Finding:
        """Return the one demand that cannot be met, or that the demands cannot be met together."""
        funnel, stage = self.funnel, self.stage
        short = [d for d, need in funnel.demands() if not (funnel.have(stage, d) >= need).any()]
        if not short:
            return self._joint()
        d = min(short, key=self._rank)
        now = funnel.people(stage, d)
        need, have = dict(funnel.demands())[d], funnel.have(stage, d)
        # Sizes of team differ in what they need; where some have come, what is missing beside them counts.
        least = int((need[have > 0] if now else need).min())
        had = funnel.people(self.before, d) if self.before else []
        lost = [i for i in had if i not in now]
        kind = "none" if not now else "few" if len(now) < least else "apart"
        # Where teams of several sizes would do, no one number of people is what is missing.
        sizes = {form.counting for form in funnel.options.forms}
        if kind != "none" and ((d < 0 and len(sizes) > 1) or (kind == "few" and self.before and not lost)):
            return self._joint()
        who, named = self._who(d), _NAMED.match(self._text(d))
        every = message("every_who", who=who)
        if named:
            every = message(f"label_{named[1]}", label=named[2])
            kind = "named" if stage == "competent" else kind
        shown = self._with_cause(now if kind == "apart" else lost)
        values = {"who": who, "every": every, "need": least, "names": self._ids(now), "lost": shown}
        return Finding(
            stage, message(f"{stage}_{kind}", when=self._when(), **values), self._remedy(d, lost or now, now)
        )

    def _rank(self, d: int) -> tuple[bool, bool, int, bool, int]:
        """Order demands: people named, then the scarcest, codes before others; counting members at the very last."""
        text = self._text(d)
        return d < 0, not _NAMED.match(text), len(self.funnel.people(self.stage, d)), text not in self._codes(), d

    def label(self, d: int) -> Message:
        """Return what a demand asks for, as a noun."""
        text = self._text(d)
        if lead := _LEAD.match(text):
            return message("label_lead", label=self._fields(lead[1]))
        if named := _NAMED.match(text):
            return message("plain", text=named[2])
        return message(f"label_{_PLAIN[text]}") if text in _PLAIN else message("plain", text=text)

    def labels(self) -> list[Message]:
        """Return what all demands ask for."""
        return [self.label(d) for d, need in self.funnel.demands() if d >= 0 and need.any()]

    def _joint(self) -> Finding:
        """Say that no team meets all demands at once."""
        funnel = self.funnel
        # Those who count for the scarcest demand are the ones to speak of.
        scarcest = min((d for d, _ in funnel.demands()), key=lambda d: (len(funnel.people(self.stage, d)), -d))
        people = funnel.people(self.before, scarcest) if self.before else []
        lost = [i for i in people if i not in funnel.people(self.stage)] or people
        sizes = sorted({form.counting for form in funnel.options.forms})
        size = message("sizes", least=sizes[0], most=sizes[-1]) if len(sizes) > 1 else sizes[0]
        shown = self._with_cause(people if self.stage == "free" else lost)
        said = message(f"{self.stage}_joint", size=size, labels=tuple(self.labels()), lost=shown, when=self._when())
        remedy = message("do_team", most=sizes[-1]) if self.stage == "competent" else self._remedy(-1, lost, [])
        return Finding(self.stage, said, remedy)

    def _text(self, d: int) -> str:
        return self.funnel.options.demands[d].label if d >= 0 else ""

    def _who(self, d: int) -> Message:
        """Return whom a demand counts, as a clause."""
        text = self._text(d)
        if d < 0:
            return message("who_counting")
        if text in self._codes():
            return message("who_code_or_expert" if self._codes()[text] else "who_code", label=text)
        if lead := _LEAD.match(text):
            return message("who_lead", label=self._fields(lead[1]))
        return message(f"who_{_PLAIN[text]}") if text in _PLAIN else message("who_other", label=text)

    def _fields(self, names: str) -> str:
        """Return fields as they must be led: one of them, or by setting all."""
        return names.replace(", ", "/" if self.problem.scene.register.setting("lead_fields") == "one" else "+")

    def _codes(self) -> dict[str, bool]:
        """Return the codes that the audit requires, and whether an expert is admitted."""
        needs = self.problem.scene.register.requirements
        mine = needs["audit_id"] == self.problem.scene.audit_id(self.funnel.options.audit)
        return {
            f"{needs['field'][k]} {needs['specialty'][k]}": bool(needs["expert_ok"][k]) for k in np.flatnonzero(mine)
        }

    def _ids(self, people: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.problem.scene.auditor_id(i) for i in people)

    def _dates(self) -> tuple[Any, Any]:
        """Return the first and the last day on which the audit could take place."""
        first, last = self.problem.scene.calendar.date([int(self.funnel.start.min()), int(self.funnel.end.max())])
        return first, last

    def _when(self) -> Message:
        return between(*self._dates())

    def _with_cause(self, people: list[int]) -> tuple[str | Message, ...]:
        """Return names, with the limit reached or the audits that book them beside."""
        names = self._ids(people)
        if self.stage == "under_caps":
            what: list[Any] = [tuple(map(rule_words, self._limits(i))) for i in people]
        elif self.stage == "free":
            what = [self._audits_of(i) for i in people]
        else:
            return names
        return tuple(message("person_with", name=n, what=w) if w else n for n, w in zip(names, what, strict=True))

    def _limits(self, auditor: int) -> list[str]:
        """Return the caps that leave an auditor no room for the audit."""
        state, audit = self.funnel.state, self.funnel.options.audit
        length = int((self.funnel.end - self.funnel.start).min()) + 1
        found = []
        for used, cap in zip(state.used, state.lowered.slot_caps, strict=True):
            if ((cap.auditors == auditor) & (used + length * cap.weight[audit] > cap.limit)).any():
                found.append(cap.reason)
        for keys, key_cap in zip(state.keys, state.lowered.key_caps, strict=True):
            new = int((key_cap.key_audits == audit).sum())
            rows = np.flatnonzero(key_cap.auditors == auditor).tolist()
            if new and any(len(+keys[r] if r in keys else ()) + new > key_cap.limit[r] for r in rows):
                found.append(key_cap.reason)
        return found

    def _audits_of(self, auditor: int) -> tuple[str, ...]:
        """Return the audits that book an auditor around the dates in question."""
        low, high = self.problem.lowered.halves(int(self.funnel.start.min()), 1)[0], self.funnel.end.max()
        high = self.problem.lowered.halves(int(high), 1)[1]
        mine = sorted(self.funnel.state.by_auditor.get(auditor, ()), key=lambda p: p.halves)
        near = [p for p in mine if p.halves[0] < high and p.halves[1] > low] or mine
        return tuple(self.problem.scene.audit_id(p.audit) for p in near)

    def _remedy(self, d: int, lost: list[int], now: list[int]) -> Message:
        """Return what would let the audit through this question; `now` are those who pass it already."""
        text = self._text(d)
        if self.stage == "free":
            return self._move()
        if self.stage != "competent":
            return message(_REMEDY[self.stage], lost=self._ids(lost), span=span(*self._dates()))
        if _NAMED.match(text):
            return message("do_rename")
        if lead := _LEAD.match(text):
            names = self._holders(lead[1].split(", "), None, ("auditor",), now)
            key = "do_promote" if names else "do_hire"
            return message(key, names=names, label=self._fields(lead[1]))
        return self._qualify(text, now) if text in self._codes() else message("do_lower")

    def _move(self) -> Message:
        """Return the fewest bookings whose move frees a team."""
        found, scene = least_moves(self.funnel), self.problem.scene
        if found is None:
            return message("do_window", span=span(*self._dates()))
        moved = tuple(scene.audit_id(a) for a in found.audits)
        first, last = scene.calendar.date([found.start, found.end])
        return message("do_move", audits=moved, team=self._ids(found.people), when=between(first, last))

    def _qualify(self, code: str, now: list[int]) -> Message:
        """Return whose qualification to renew or to widen, or whether to admit an expert."""
        field, specialty = code.split(" ", 1)
        counting = ("auditor", "lead")
        if lapsed := self._holders([field], specialty, counting, now):
            return message("do_renew", names=lapsed, label=code)
        near = self._holders([field], specialty, ("intern",), now) or self._holders([field], None, counting, now)
        experts = () if self._codes()[code] else self._holders([field], specialty, ("expert",), now)
        if near and experts:
            return message("do_qualify_or_expert", names=near, label=code, experts=experts)
        return message("do_qualify", names=near, label=code) if near else message("do_hire", label=code)

    def _holders(
        self, fields: Iterable[str], specialty: str | None, grades: tuple[str, ...], but: list[int]
    ) -> tuple[str, ...]:
        """Return who holds, held or will hold one of the grades, but for some."""
        scene = self.problem.scene
        held = scene.register.qualifications
        chosen = np.isin(held["field"].astype(str), list(fields)) & np.isin(held["grade"].astype(str), grades)
        if specialty is not None:
            chosen &= scene.classes(held["specialty"]) == scene.classes(np.array([specialty], dtype=object))[0]
        people = np.unique(scene.register.index("auditors", held["auditor_id"][chosen]))
        return self._ids(i for i in people.tolist() if i not in but)

"""Reasons beside the funnel: cost, dates, pins, links, and rules of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from bodies import FRIDAY, MONDAY, NOTHING, TUESDAY, body, booked

import auditmatch as am
from auditmatch import rules as rule_folder
from auditmatch.cases import Case, tiny
from auditmatch.explain import explain
from auditmatch.plan import Plan
from auditmatch.scene import Scene
from auditmatch.shapes import ANY_LENGTH, Apart, Shape, Start, ints


def test_a_team_is_free_and_the_plan_does_without() -> None:
    problem = body().audit("A1").problem()
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("unserved", "cost")
    assert found.booking == booked("A1", MONDAY, ("P1", "lead"))
    assert found.cost is not None
    assert found.penalty is not None
    assert found.cost < found.penalty
    assert found.sentence().startswith("It could start on 2027-03-01 with P1 for ")
    assert found.funnel[-1].auditors == ("P1",)


def test_serving_costs_more_than_putting_off() -> None:
    # Nothing is lost by putting off, and a day late costs two points.
    free = am.Weights(deferral=0, lateness=2)
    wanted = body().audit("A1", latest="2027-03-12", preferred=MONDAY, earliest=TUESDAY).problem(weights=free)
    found = explain(wanted, NOTHING, "A1")
    assert (found.status, found.reason, found.penalty) == ("deferred", "cost", 0)
    assert found.sentence() == f"Serving it costs at least {found.cost} points, more than the 0 of leaving it out."


@pytest.mark.parametrize(
    ("cells", "reason", "sentence"),
    [
        ({"status": "done"}, "done", "It is done."),
        ({"status": "cancelled"}, "cancelled", "It is cancelled."),
        (
            {"earliest": "2027-03-08", "latest": "2027-03-09"},
            "later",
            "Its window opens on 2027-03-08, after the horizon ends on 2027-03-05.",
        ),
    ],
)
def test_audits_of_other_times_are_outside(cells: dict[str, Any], reason: str, sentence: str) -> None:
    found = explain(body().audit("A1", **cells).problem(), NOTHING, "A1")
    assert (found.status, found.reason, found.sentence()) == ("outside", reason, sentence)


def test_a_booking_pinned_outside_the_horizon_is_outside() -> None:
    row = {
        "audit_id": "A1",
        "auditor_id": "P1",
        "role": "lead",
        "start": "2027-03-08",
        "end": "2027-03-08",
        "pin": "both",
    }
    found = explain(body().audit("A1", latest="2027-03-12").having("plan", row).problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("outside", "fact")
    assert "2027-03-08" in found.sentence()


def test_a_window_that_closed_is_hopeless() -> None:
    problem = body().audit("A1", earliest="2027-01-04", latest="2027-02-26").problem()
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "closed")
    assert found.sentence() == "Its window closed on 2027-02-26, before the horizon starts on 2027-03-01."
    assert found.remedy() == "Agree on a new window, or mark it as done or cancelled."


def test_a_window_too_short() -> None:
    found = explain(body().audit("A1", latest=TUESDAY, person_days=3.0).problem(), NOTHING, "A1")
    assert (found.status, found.reason, found.funnel) == ("hopeless", "window", ())
    assert found.sentence() == (
        "Of the 6 working half-days that it takes, its window leaves 4 between 2027-03-01 and 2027-03-02."
    )
    assert found.remedy() == "Widen its window, now 2027-03-01 to 2027-03-02."


def test_a_window_that_the_horizon_cuts_short() -> None:
    found = explain(body().audit("A1", earliest=FRIDAY, latest="2027-03-12", person_days=3.0).problem(), NOTHING, "A1")
    assert found.remedy() == "Let the horizon run at least until 2027-03-12."


def test_a_client_who_is_closed() -> None:
    shut = {"organisation_id": "O1", "start": MONDAY, "end": FRIDAY}
    found = explain(body().having("closures", shut).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == ("It may start on no date between 2027-03-01 and 2027-03-05: the client is closed.")


def test_a_pin_that_breaks_a_rule_names_the_rule() -> None:
    row = {"audit_id": "A1", "auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "both"}
    leave = {"auditor_id": "P1", "start": MONDAY}
    found = explain(body().audit("A1").having("plan", row).having("absences", leave).problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "pin")
    assert found.sentence() == "It is pinned, but the pin breaks the rule absences: P1 is away during A1."
    assert found.sentence("zh").startswith("已固定，但违反规则“缺勤”")


def test_two_pins_on_one_person_at_once() -> None:
    row = {"auditor_id": "P1", "role": "lead", "start": MONDAY, "end": MONDAY, "pin": "both"}
    rows = [{**row, "audit_id": name} for name in ("A1", "A2")]
    found = explain(body().audit("A1").audit("A2").having("plan", *rows).problem(), NOTHING, "A2")
    assert found.sentence() == "It is pinned, but the pin breaks the rule one_place: P1 is in A1 and A2 at once."


def test_an_audit_that_needs_one_that_is_not_served() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.reason) == ("unserved", "needs")
    assert found.sentence() == "It needs A1, which is unserved."
    assert found.remedy() == "Serve A1 first."


def test_an_audit_that_needs_a_hopeless_one() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True}
    problem = body().audit("A1", "17.10.02").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.sentence()) == ("hopeless", "It needs A1, which is hopeless.")


def test_two_audits_that_could_be_served_but_not_both() -> None:
    # Stage 2 ten days after stage 1 lies beyond both windows.
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "interval", "required": True, "min_days": 10}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, NOTHING, "A2")
    assert (found.status, found.reason) == ("hopeless", "link")
    assert found.sentence() == "It needs A1, and no dates or people suit both: the stage interval with A1."


def test_a_link_to_a_booked_audit_that_leaves_no_date() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "together", "max_days": 0}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, Plan.from_bookings([booked("A1", FRIDAY, ("P1", "lead"))]), "A2")
    # P1 alone leads and is booked on that very day.
    assert (found.status, found.reason) == ("unserved", "link")
    assert found.sentence() == "Its links leave no date or no team: the group's dates with A1."


def test_free_people_who_must_not_meet_again() -> None:
    link = {"first_audit": "A1", "second_audit": "A2", "kind": "disjoint"}
    problem = body().audit("A1").audit("A2").having("links", link).problem()
    found = explain(problem, Plan.from_bookings([booked("A1", FRIDAY, ("P1", "lead"))]), "A2")
    assert (found.status, found.reason) == ("unserved", "team")
    assert found.sentence() == "People are free, but no team of them keeps nobody shared with A1."


@dataclass(frozen=True)
class NoStart:
    """A rule in a user's own file: nothing starts, for a reason of its own."""

    name: str = "moon"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        yield Start(scene.audits, ANY_LENGTH, ints(np.arange(scene.calendar.n_slots)), "the moon is full")

    def check(self, scene: Scene, agenda: Any) -> list[Any]:
        return []

    def describe(self) -> str:
        return "Nothing starts at full moon."

    def sample(self, rng: np.random.Generator) -> Case:
        return tiny(rng)


def test_a_rule_of_ones_own_speaks_for_itself() -> None:
    found = explain(body().audit("A1").problem(rules=(*rule_folder.default(), NoStart())), NOTHING, "A1")
    assert found.sentence().endswith(": the moon is full.")
    assert "the moon is full" in found.sentence("zh")


@dataclass(frozen=True)
class Enemies(NoStart):
    """P1 and P2 are never in one team."""

    name: str = "enemies"

    def lower(self, scene: Scene) -> Iterable[Shape]:
        yield Apart(ints([0]), ints([1]), "they do not speak")


def test_people_who_may_not_work_together() -> None:
    problem = body().audit("A1", team_min=2, team_max=2).problem(rules=(*rule_folder.default(), Enemies()))
    found = explain(problem, NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "team")
    assert found.sentence() == "People are free, but no team of them keeps who may not work together."


def test_more_interns_asked_for_than_may_learn_at_once() -> None:
    wish = {"preference_id": "w", "audit_id": "A1", "auditor_id": "P3", "rule": "require"}
    none = {"name": "interns_per_auditor", "value": "0"}
    found = explain(body().having("preferences", wish).having("settings", none).audit("A1").problem(), NOTHING, "A1")
    assert found.sentence() == "People are free, but no team of them keeps the limit on interns."


def test_without_rules_no_team_has_a_size() -> None:
    found = explain(body().audit("A1").problem(rules=()), NOTHING, "A1")
    assert found.sentence() == "No rule allows it any size of team."


def test_a_fact_in_the_way_does_not_move() -> None:
    done = {"audit_id": "A2", "auditor_id": "P1", "role": "lead", "start": TUESDAY, "end": TUESDAY}
    tuesday = body().audit("A1", earliest=TUESDAY, latest=TUESDAY).audit("A2", status="done").having("plan", done)
    found = explain(tuesday.problem(), NOTHING, "A1")
    assert (found.status, found.reason) == ("hopeless", "free")
    assert found.sentence().endswith("on 2027-03-02: P1 (A2).")
    assert found.remedy() == "Widen its window, now 2027-03-02."


def test_a_booking_at_odd_hours_is_still_told() -> None:
    # No engine could hold a booking on a Sunday, but a hand can write one.
    sunday = Plan.from_bookings([booked("A1", "2027-02-28", ("P1", "lead"))])
    found = explain(body().audit("A1").problem(), sunday, "A1")
    assert found.status == "served"
    assert "From 2027-02-28 am" in found.sentence()

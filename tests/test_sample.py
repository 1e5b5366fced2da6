"""A sample keeps its promises: each is checked here from the tables alone, day by day and row by row."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import auditmatch as am
from auditmatch.calendar import Calendar, build_calendar
from auditmatch.register import Register
from auditmatch.sample import sample, sample_horizon, sample_tables

SIZES = ((1, 1), (10, 50), (40, 200), (600, 10_000))
SMALL = tuple(product(((1, 1), (3, 12), (10, 50), (40, 200)), (0.0, 0.5, 1.0)))
COUNTING = ("auditor", "lead")
NEVER = np.datetime64("9999-12-31")


@cache
def made(auditors: int, audits: int, scarcity: float = 0.5) -> Register:
    return sample(auditors, audits, scarcity=scarcity, seed=1)


@cache
def days_of(register: Register) -> Calendar:
    """Return the working days around all windows of a register."""
    first, last = register.audits["earliest"].min() - 200, register.audits["latest"].max() + 200
    return build_calendar(None, "CN", 2, first, last)


def rows_by(register: Register, table: str, key: str) -> dict[str, list[dict[str, object]]]:
    found = defaultdict(list)
    columns = register.table(table).columns
    for row in range(len(register.table(table))):
        found[columns[key][row]].append({name: array[row] for name, array in columns.items()})
    return found


def open_rows(register: Register) -> list[int]:
    return np.flatnonzero(register.audits["status"] == "open").tolist()


# --- equal seeds, and the size asked for ----------------------------------------------------------------------------


def test_equal_seeds_give_equal_tables_and_another_seed_does_not() -> None:
    assert sample(12, 40, seed=3) == sample(12, 40, seed=3)
    assert sample(12, 40, seed=3) != sample(12, 40, seed=4)


def test_the_package_can_be_called() -> None:
    assert am.sample(2, 3, seed=5) == sample(2, 3, seed=5)


@pytest.mark.parametrize("size", SIZES)
def test_there_are_as_many_auditors_and_open_audits_as_asked(size: tuple[int, int]) -> None:
    register = made(*size)
    assert (len(register.auditors), len(open_rows(register))) == size
    assert register.notices == ()
    assert len(register.settings) == 0


def test_a_national_body_takes_seconds() -> None:
    begun = time.process_time()
    tables = sample_tables(5_000, 100_000)
    assert (tables["audits"]["status"] == "open").sum() == 100_000
    assert time.process_time() - begun < 30


@settings(max_examples=60, deadline=None)
@given(
    auditors=st.integers(1, 40),
    audits=st.integers(1, 60),
    load=st.sampled_from([0.3, 0.85, 2.0]),
    scarcity=st.sampled_from([0.0, 0.5, 1.0]),
    seed=st.integers(0, 10**9),
    later=st.integers(0, 2000),
)
def test_every_small_sample_passes_the_register(
    auditors: int, audits: int, load: float, scarcity: float, seed: int, later: int
) -> None:
    start = np.datetime64("2022-01-01") + np.timedelta64(int(later), "D")
    register = sample(auditors, audits, load, scarcity, seed, start)  # raises InputError with every problem
    assert len(open_rows(register)) == audits
    first, last = sample_horizon(register)
    assert first == start
    assert (last - first).astype(int) % 7 == 6
    assert team_of_every_audit(register) == []


# --- somebody for everything ----------------------------------------------------------------------------------------


def steadily(register: Register, earliest: np.datetime64, latest: np.datetime64) -> list[dict[str, object]]:
    """Return the counting qualifications that hold on every day of a window, of people employed throughout."""
    held, people = register.qualifications, register.auditors
    until = np.where(np.isnat(held["valid_until"]), NEVER, held["valid_until"])
    owner = register.index("auditors", held["auditor_id"])
    begins, ends = people["from"][owner], people["until"][owner]
    good = (held["valid_from"] <= earliest) & (until >= latest) & np.isin(held["grade"].astype(str), COUNTING)
    good &= (np.isnat(begins) | (begins <= earliest)) & (np.isnat(ends) | (ends >= latest))
    return [{name: array[row] for name, array in held.columns.items()} for row in np.flatnonzero(good)]


def team_of_every_audit(register: Register, only: list[int] | None = None) -> list[str]:
    """Return the open audits without a full team on every day of the window, found by trying people one by one."""
    needs, wishes = rows_by(register, "requirements", "audit_id"), register.preferences
    audits, people = register.audits, register.auditors
    gender = dict(zip(people["auditor_id"], people["gender"], strict=True))
    full = dict(zip(people["auditor_id"], people["full_time"], strict=True))
    without = []
    for a in open_rows(register) if only is None else only:
        row = {name: array[a] for name, array in audits.columns.items()}
        concerns = (wishes["audit_id"] == row["audit_id"]) | (wishes["organisation_id"] == row["organisation_id"])
        barred = set(wishes["auditor_id"][concerns & (wishes["rule"] == "forbid")])
        named = set(wishes["auditor_id"][concerns & (wishes["rule"] == "require") & (wishes["reason"] != "training")])
        asked = needs[row["audit_id"]]
        fields = {need["field"] for need in asked}
        held = [q for q in steadily(register, row["earliest"], row["latest"]) if q["field"] in fields]
        held = [q for q in held if q["auditor_id"] not in barred]
        can = {q["auditor_id"] for q in held}
        wanted = [({who}, 1) for who in sorted(named)]
        for need in asked:
            pair = (need["field"], need["specialty"])
            wanted.append(({q["auditor_id"] for q in held if (q["field"], q["specialty"]) == pair}, need["count"]))
        wanted.append(({q["auditor_id"] for q in held if q["grade"] == "lead"}, 1))
        wanted.append(({who for who in can if gender[who] == "F"}, row["females_min"]))
        wanted.append(({who for who in can if gender[who] == "M"}, row["males_min"]))
        wanted.append(({who for who in can if full[who]}, row["full_time_min"]))
        wanted.append((can, row["team_min"]))
        if not extend(frozenset(), wanted, int(row["team_max"])):
            without.append(row["audit_id"])
    return without


def extend(team: frozenset[str], wanted: list[tuple[set[str], int]], room: int) -> bool:
    """Tell whether a team can be filled so that every set gives its number of members."""
    short = [people - team for people, number in wanted if len(people & team) < number]
    if not short:
        return True
    if room == 0:
        return False
    # Who helps most is tried first; all are tried before giving up.
    votes = Counter(who for people in short for who in people)
    choices = sorted(min(short, key=len), key=lambda who: (-votes[who], who))
    return any(extend(team | {who}, wanted, room - 1) for who in choices)


@pytest.mark.parametrize(("size", "scarcity"), SMALL)
def test_a_full_team_could_serve_every_audit_on_any_day_of_its_window(size: tuple[int, int], scarcity: float) -> None:
    assert team_of_every_audit(made(*size, scarcity)) == []


def test_a_full_team_could_serve_every_audit_of_a_large_body() -> None:
    register = made(600, 10_000)
    assert team_of_every_audit(register, open_rows(register)[::80]) == []


@pytest.mark.parametrize("size", SIZES)
def test_every_requirement_and_certificate_has_someone_and_every_field_a_lead(size: tuple[int, int]) -> None:
    register = made(*size)
    held = register.qualifications
    counting = np.isin(held["grade"].astype(str), COUNTING)
    known = set(zip(held["field"][counting], held["specialty"][counting], strict=True))
    for table in ("requirements", "certificates"):
        rows = register.table(table)
        assert set(zip(rows["field"], rows["specialty"], strict=True)) <= known
    leads = set(held["field"][held["grade"] == "lead"])
    assert set(register.requirements["field"]) <= leads


def test_most_audits_have_three_candidates_or_more_for_each_requirement() -> None:
    register = made(40, 200)
    held, needs = register.qualifications, register.requirements
    counting = np.isin(held["grade"].astype(str), COUNTING)
    holders = Counter(zip(held["field"][counting], held["specialty"][counting], strict=True))
    fewest: dict[str, int] = {}
    for audit, *pair in zip(needs["audit_id"], needs["field"], needs["specialty"], strict=True):
        fewest[audit] = min(fewest.get(audit, 10**6), holders[tuple(pair)])
    numbers = np.array(list(fewest.values()))
    assert (numbers >= 3).mean() > 0.6
    assert 3 <= np.median(numbers) <= 15


@pytest.mark.parametrize("scarcity", [0.0, 0.5, 1.0])
def test_auditors_hold_two_to_fifteen_specialties_in_one_to_three_fields(scarcity: float) -> None:
    register = made(40, 200, scarcity)
    held = register.qualifications
    counting = np.isin(held["grade"].astype(str), COUNTING)
    codes, fields = defaultdict(set), defaultdict(set)
    for who, field, code in zip(*(held[c][counting] for c in ("auditor_id", "field", "specialty")), strict=True):
        codes[who].add(code)
        fields[who].add(field)
    assert all(1 <= len(found) <= 3 for found in fields.values())
    numbers = np.array([len(found) for found in codes.values()])
    # A few must hold more than they would like, for want of others; a scarce scheme may be one's only one.
    assert ((numbers >= 2) & (numbers <= 15)).mean() > 0.9
    assert numbers.max() <= 25


def test_scarcity_leaves_more_specialties_to_one_or_two_people() -> None:
    shares = []
    for scarcity in (0.0, 0.5, 1.0):
        held = made(40, 200, scarcity).qualifications
        holders = Counter(zip(held["field"], held["specialty"], strict=True))
        shares.append(np.mean([number <= 2 for number in holders.values()]))
    assert shares[0] < shares[1] < shares[2]
    assert shares[2] > 0.4


# --- windows, stages, load ------------------------------------------------------------------------------------------


def first_end(worked: dict[np.datetime64, bool], day: np.datetime64, days: int) -> np.datetime64:
    """Return the first last day of a visit of whole days from `day` on: up to five in a row, longer after a day off."""
    while True:
        if days <= 5:
            if all(worked[day + k] for k in range(days)):
                return day + days - 1
        elif worked[day] and not worked[day - 1]:
            left, last = days - 1, day
            while left:
                last += 1
                left -= worked[last]
            return last
        day += 1


@pytest.mark.parametrize("size", [(10, 50), (40, 200), (600, 10_000)])
def test_stage_2_can_follow_every_stage_1_at_its_interval(size: tuple[int, int]) -> None:
    register = made(*size)
    audits, links, calendar = register.audits, register.links, days_of(register)
    worked = dict(zip(calendar.date_of(np.arange(calendar.n_days)), (calendar.working > 0).tolist(), strict=True))
    place = {name: row for row, name in enumerate(audits["audit_id"])}
    ends = dict(zip(register.plan["audit_id"], register.plan["end"], strict=True))
    stages = links["kind"] == "interval"
    assert stages.sum() > 0
    assert links["required"][stages].all()
    assert set(links["min_days"][stages]) <= {14, 21, 28}
    assert set(links["max_days"][stages]) <= {90, 120}
    for row in np.flatnonzero(stages):
        one, two = place[links["first_audit"][row]], place[links["second_audit"][row]]
        assert (audits["kind"][one], audits["kind"][two]) == ("stage1", "stage2")
        assert audits["organisation_id"][one] == audits["organisation_id"][two]
        shares = [int(np.ceil(audits["person_days"][a] / audits["team_max"][a])) for a in (one, two)]
        if audits["status"][one] == "done":
            end = ends[links["first_audit"][row]]
        else:
            end = first_end(worked, audits["earliest"][one], shares[0])
            assert end <= audits["latest"][one]
        begin = max(end + int(links["min_days"][row]), audits["earliest"][two])
        assert (begin - end).astype(int) <= links["max_days"][row]
        assert first_end(worked, begin, shares[1]) <= audits["latest"][two]


@pytest.mark.parametrize("size", SIZES)
def test_every_window_holds_its_audit_and_meets_the_horizon(size: tuple[int, int]) -> None:
    register = made(*size)
    audits, calendar = register.audits, days_of(register)
    worked = dict(zip(calendar.date_of(np.arange(calendar.n_days)), (calendar.working > 0).tolist(), strict=True))
    first, last = sample_horizon(register)
    for a in open_rows(register):
        earliest, latest, wished = (audits[name][a] for name in ("earliest", "latest", "preferred"))
        share = int(np.ceil(audits["person_days"][a] / audits["team_max"][a]))
        assert first <= earliest <= last
        assert first_end(worked, earliest, share) <= latest <= audits["deadline"][a]
        assert np.isnat(wished) == (latest > last)  # what may be put off is not wished for a date
        if not np.isnat(wished):
            assert earliest <= wished <= latest
    due = ~np.isnat(audits["preferred"])
    assert audits["earliest"][due].min() == first
    assert audits["latest"][due].max() == last
    assert (audits["latest"][~due & (audits["status"] == "open")] <= last + 42).all()


def test_some_audits_may_be_put_off_but_few() -> None:
    register = made(600, 10_000)
    late = register.audits["latest"] > sample_horizon(register)[1]
    assert 0.03 < late.mean() < 0.2
    width = (register.audits["latest"] - register.audits["earliest"])[register.audits["kind"] == "surveillance"]
    assert np.median(width).astype(int) >= 28

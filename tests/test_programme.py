"""The programme: windows against dates worked out day by day, traces, merged visits, applications, and bad input."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import invoke

import auditmatch as am
from auditmatch.errors import ArgumentError, InputError
from auditmatch.programme import Programme, levelled, load, outlook, peak, programme, ratings, rule_book, warnings
from auditmatch.programme.dates import add_months, latest_legal
from auditmatch.programme.packs import BUILT_IN, built_in

Count = Callable[[int, int], int]
Date = datetime.date
PEOPLE = {
    "auditors": {"auditor_id": ["P1"]},
    "qualifications": {"auditor_id": ["P1"], "field": ["QMS"], "specialty": ["03.04.01"], "valid_from": ["2020-01-01"],
                       "grade": ["lead"]},
}  # fmt: skip
START, END = Date(2025, 7, 1), Date(2028, 12, 31)


def months_on(day: Date, months: int) -> Date:
    """Return the same day so many months later, or the last of a shorter month, by plain arithmetic."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return Date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def may(name: str, number: int, anchor: Date, day: Date) -> bool:
    """Tell whether a surveillance may be held on a day, by the sentences of the rules in force on it."""
    if number == 1 and day > months_on(anchor, 12):
        return False
    if day.year > anchor.year + 1:
        return False
    if name == "QMS" and number > 1:
        return day <= months_on(anchor, 12 if day >= Date(2026, 1, 1) else 15)
    return True


def limit(name: str, number: int, anchor: Date) -> Date:
    """Return the last day before the first on which it may not be held."""
    day = anchor
    while may(name, number, anchor, day + datetime.timedelta(1)):
        day += datetime.timedelta(1)
    return day


def settled(last: Date, anchor: Date) -> Date:
    """Return the end of a window: that of the year before where fewer than 30 days of a year would be left to it."""
    eve = Date(last.year - 1, 12, 31)
    return eve if (last - eve).days <= 30 and eve > anchor else last


def portfolio(number: int, seed: int) -> am.Register:
    """Return certificates of QMS and EMS at random points of their cycles, with and without visits held."""
    rng = np.random.default_rng(seed)
    decided = np.datetime64("2022-09-01") + rng.integers(0, 1200, number)
    held = rng.random(number) < 0.6
    days = decided + rng.integers(200, 360, number)
    names = [f"C{k:05d}" for k in range(number)]
    seen = held & (days < np.datetime64(START))
    return am.Register.from_tables(
        {
            **PEOPLE,
            "organisations": {"organisation_id": [f"O{k}" for k in range(number)]},
            "certificates": {
                "certificate_id": names,
                "organisation_id": [f"O{k}" for k in range(number)],
                "field": rng.choice(["QMS", "EMS"], number),
                "specialty": ["03.04.01"] * number,
                "decided": decided,
                "effective_personnel": rng.integers(1, 3000, number),
                "risk": ["medium"] * number,
            },
            "history": {
                "certificate_id": [n for n, s in zip(names, seen, strict=True) if s],
                "kind": ["surveillance"] * int(seen.sum()),
                "date": days[seen],
            },
        }
    )


def chains(made: Programme) -> dict[str, list[tuple[str, Date, Date]]]:
    """Return kind, first and last day of each certificate's audits, in order."""
    found: dict[str, list[tuple[str, Date, Date]]] = {}
    table, served = made.register.audits, made.register.audit_certificates
    rows = made.register.index("audits", served["audit_id"])
    for name, k in zip(served["certificate_id"].tolist(), rows.tolist(), strict=True):
        days = table["earliest"][k].item(), table["latest"][k].item()
        found.setdefault(name, []).append((str(table["kind"][k]), *days))
    return {name: sorted(some, key=lambda v: v[2]) for name, some in found.items()}


def test_no_window_misses_a_legal_date_and_none_is_forgotten(count: Count) -> None:
    number = count(10_000, 1_500)
    register = portfolio(number, 1)
    made = programme(register, str(START), str(END))
    found, lost = chains(made), {each.certificate for each in made.lost}
    table, history = register.certificates, register.history
    visited = dict(zip(history["certificate_id"].tolist(), history["date"].tolist(), strict=True))
    kinds = {"surveillance": 0, "recertification": 0, "lost": 0}
    for k, name in enumerate(table["certificate_id"].tolist()):
        field, decided = str(table["field"][k]), table["decided"][k].item()
        visits, gone = iter(found.get(name, [])), name in lost
        kinds["lost"] += gone
        expires = months_on(decided, 36) - datetime.timedelta(1)
        while decided <= END:
            if expires < START:
                assert gone
                break
            anchor, numbers = decided, (1, 2)
            if name in visited and visited[name] > decided:
                anchor, numbers = visited[name], (2,)
            for n in numbers:
                last = settled(limit(field, n, anchor), anchor)
                if last >= expires - datetime.timedelta(30):
                    continue
                if last < START:
                    assert gone
                    anchor = last
                    continue
                if last - datetime.timedelta(60) > END:
                    break
                visit = next(visits, None)
                if visit is None:
                    assert max(last - datetime.timedelta(60), Date(last.year, 1, 1)) > END
                    break
                assert visit[0] == "surveillance"
                assert visit[2] == last
                assert may(field, n, anchor, last)
                assert anchor < visit[1] <= visit[2]
                kinds["surveillance"] += 1
                anchor = visit[2]
            final = next(visits, None)
            if final is not None:
                assert final[0] == "recertification"
                assert final[2] == expires - datetime.timedelta(30)
                kinds["recertification"] += 1
            else:
                assert max(expires - datetime.timedelta(90), anchor + datetime.timedelta(1)) > END
            decided, expires = expires, months_on(expires, 36)
        assert next(visits, None) is None
    assert min(kinds.values()) > number / 100


def test_every_trace_names_rules_in_force_on_the_day(count: Count) -> None:
    made = programme(portfolio(count(10_000, 1_500), 2), str(START), str(END))
    table, packs = made.register.audits, set()
    for name, latest in zip(table["audit_id"].tolist(), table["latest"], strict=True):
        rules = made.rules(name)
        assert rules
        for rule in rules:
            assert rule.holds(latest) or rule.name == "cycle_years"
            packs.add((rule.pack, rule.name))
            assert rule.cited in made.trace(name)[0]
    assert {("CNCA QMS rules 2016", "surveillance_interval"), ("CNCA-QMS-01:2025", "surveillance_interval")} <= packs
    assert ("ISO/IEC 17021-1:2015", "calendar_year") in packs


def test_a_later_surveillance_is_tied_to_the_day_on_which_the_one_before_is_held() -> None:
    made = programme(portfolio(300, 3), "2026-01-01", "2028-12-31")
    links, table = made.register.links, made.register.audits
    assert len(links) > 50
    for first, second, most in zip(links["first_audit"], links["second_audit"], links["max_days"], strict=True):
        a, b = made.register.index("audits", [first, second])
        # Even held on its first day, the one before leaves a legal day within the link.
        day = table["earliest"][a].item()
        field = made.register.requirements["field"][made.register.index("requirements", [second])[0]]
        assert most <= 366 or field == "EMS"
        if field == "QMS":
            assert day + datetime.timedelta(int(most)) <= months_on(day, 12)
        assert table["latest"][a] < table["latest"][b]


def test_the_change_of_regime_cuts_fifteen_months_to_twelve() -> None:
    rules = rule_book().rules("QMS", "surveillance_interval")
    days = np.array(["2024-08-15", "2024-12-20", "2025-01-31", "2024-02-29"], dtype="datetime64[D]")
    latest, which = latest_legal(days, rules)
    # 15 months end before 2026; they would end after, and 12 have passed by then; 12 end in 2026; 15 end before.
    assert latest.astype(str).tolist() == ["2025-11-15", "2025-12-31", "2026-01-31", "2025-05-29"]
    assert [rules[k].value for k in which] == [15, 15, 12, 15]


def test_months_end_where_a_month_is_shorter() -> None:
    days = np.array(["2024-01-31", "2023-12-31", "2024-02-29"], dtype="datetime64[D]")
    assert add_months(days, [1, 2, 12]).astype(str).tolist() == ["2024-02-29", "2024-02-29", "2025-02-28"]


def one(**cells: Any) -> dict[str, Any]:
    row = {
        "certificate_id": "C1", "organisation_id": "O1", "field": "QMS", "specialty": "03.04.01",
        "decided": "2025-06-10", "effective_personnel": 50, **cells,
    }  # fmt: skip
    return {name: [value] for name, value in row.items()}


def body(*rows: dict[str, Any], **tables: Any) -> am.Register:
    names = sorted({name for row in rows for name in row})
    columns = {name: [value for row in rows for value in row.get(name, [None])] for name in names}
    known: dict[str, Any] = {**PEOPLE, "organisations": {"organisation_id": ["O1", "O2"]}}
    return am.Register.from_tables({**known, "certificates": columns, **tables})


def test_the_trace_of_a_first_surveillance_by_hand() -> None:
    made = programme(body(one()), "2026-01-01", "2026-12-31")
    assert made.trace("C1-S2606") == (
        "surveillance 1, due 2026-06-10: certification decision 2025-06-10 + 12 months, CNCA-QMS-01:2025 5.4.1.4",
        "QMS, 50 persons: 4.725 (IAF MD 5 table QMS 1)",
        "surveillance, 33% of it: 1.575 (IAF MD 5, about so much)",
        "to the nearest half day: 1.5 (IAF MD 5, 2.2.3)",
        "of this on site at least: 1.5 (IAF MD 5, at least 80 %)",
    )
    table = made.register.audits
    assert (str(table["earliest"][0]), str(table["latest"][0])) == ("2026-04-11", "2026-06-10")
    assert table["priority"][0] == 2.0  # missed, the certificate must be suspended
    assert str(made).startswith("1 audits (1 surveillance), 1.5 person-days; 0 cannot be placed")


def test_visits_of_one_client_near_each_other_are_held_as_one_where_that_saves_days() -> None:
    other = one(certificate_id="C2", field="EMS", decided="2025-07-01", risk="medium")
    apart = programme(body(one(), other), "2026-01-01", "2026-12-31")
    made = programme(body(one(), other), "2026-01-01", "2026-12-31", integration=0.2)
    assert len(apart) == 2
    assert len(made) == 1
    (name,) = made.merged
    table = made.register.audits
    assert (str(table["earliest"][0]), str(table["latest"][0])) == ("2026-05-02", "2026-06-10")
    assert sorted(made.register.requirements["field"]) == ["EMS", "QMS"]
    assert made.saved == (float(apart.register.audits["person_days"].sum() - table["person_days"][0]), 1)
    assert any("integrated, less 20%" in line for line in made.trace(name))


def test_visits_without_a_day_in_common_stay_apart_with_the_reason() -> None:
    other = one(certificate_id="C2", field="EMS", decided="2025-09-20", risk="medium")
    made = programme(body(one(), other), "2026-01-01", "2026-12-31", integration=0.2)
    assert len(made) == 2
    assert made.apart == (("O1", "C1 and C2 have no day in common: 2026-07-22 is after 2026-06-10"),)


def test_what_has_expired_is_restored_only_where_a_rule_in_force_allows_it() -> None:
    old = one(decided="2022-08-01")  # expired on 2025-07-31, under the rules of 2016
    made = programme(body(old), "2025-10-01", "2026-12-31")
    assert made.register.audits["kind"].tolist() == ["recertification"]
    # The six months end on 2026-01-31; on that day the new rules allow none, so the last legal day is that of the old.
    assert str(made.register.audits["latest"][0]) == "2025-12-31"
    assert "restoration" in made.trace(made.register.audits["audit_id"][0])[0]
    late = programme(body(one(decided="2023-02-01")), "2026-03-01", "2026-12-31")
    assert len(late) == 0
    assert "CNCA-QMS-01:2025 5.8.2" in str(late.lost[0])


def test_a_closed_window_and_a_certificate_set_apart_are_listed_and_the_rest_runs() -> None:
    rows = (
        one(decided="2024-06-10"),
        one(certificate_id="C2", organisation_id="O2", decided="2025-06-10"),
        one(certificate_id="C3", organisation_id="O2", field="ISMS", status="withdrawn"),
        one(certificate_id="C5", organisation_id="O2", decided=None),
        one(certificate_id="C4", organisation_id="O2", field="Service", days=4.0, effective_personnel=None),
    )
    made = programme(body(*rows), "2026-01-01", "2026-12-31")
    reasons = {each.certificate: str(each) for each in made.lost}
    assert "window has closed" in reasons["C1"]
    assert "withdrawn" in reasons["C3"]
    assert "states no decision" in reasons["C5"]
    assert "state surveillance_interval" in reasons["C4"]
    assert "C2-S2606" in made.register.audits["audit_id"]
    stated = {"Service": {"surveillance_interval": 12, "first_surveillance": 12}}
    with_number = programme(body(*rows), "2026-01-01", "2026-12-31", stated=stated)
    assert "C4-S2606" in with_number.register.audits["audit_id"]
    assert "own first_surveillance" in with_number.trace("C4-S2606")[0]


def test_an_application_becomes_stages_and_in_a_scored_service_a_mystery_visit_before() -> None:
    row = {"application_id": "N1", "organisation_id": "O1", "field": "Service", "specialty": "39.01.01",
           "received": "2026-02-01", "days": 3.0}  # fmt: skip
    second = {**row, "application_id": "N2", "field": "QMS", "days": None, "effective_personnel": 20}
    applied = {name: [row.get(name), second.get(name)] for name in second}
    made = programme(body(one(), applications=applied), "2026-01-01", "2026-12-31")
    kinds = dict(zip(made.register.audits["audit_id"], made.register.audits["kind"], strict=True))
    assert [kinds[f"N1-{k}"] for k in ("stage1", "mystery", "stage2")] == ["stage1", "mystery", "stage2"]
    assert "N2-mystery" not in kinds
    links = made.register.links
    told = set(zip(links["first_audit"], links["second_audit"], links["kind"], strict=True))
    assert {("N1-stage1", "N1-stage2", "interval"), ("N1-mystery", "N1-stage2", "disjoint")} <= told
    late = made.register.audits["latest"][made.register.index("audits", ["N1-stage2"])[0]]
    assert str(late) == "2026-04-02"  # 90 days on the certificate, 30 of them for review and decision
    problem = am.Problem(made.register, "2026-01-01", "2026-12-31")
    assert len(problem.scene.audits) == len(kinds)


def test_product_certificates_are_inspected_unannounced_once_a_year() -> None:
    product = {"field": "Voluntary product", "specialty": "scheme 01", "days": 2.0, "effective_personnel": None}
    row = one(**product, decided="2024-03-05")
    seen = {"certificate_id": ["C1"], "kind": ["unannounced"], "date": ["2025-02-20"]}
    made = programme(body(row, history=seen), "2026-01-01", "2027-12-31")
    assert made.register.audits["kind"].tolist() == ["unannounced", "unannounced"]
    table = made.register.audits
    assert table["latest"].astype(str).tolist() == ["2026-02-20", "2027-02-20"]
    # A day by lot, seeded, inside the window.
    assert ((table["earliest"] <= table["preferred"]) & (table["preferred"] <= table["latest"])).all()
    days = [programme(body(row, history=seen), "2026-01-01", "2026-12-31", seed=s) for s in range(8)]
    assert len({str(each.register.audits["preferred"][0]) for each in days}) > 3


def test_bad_certificates_are_located_all_at_once() -> None:
    rows = (
        one(field="Astrology"),
        one(certificate_id="C2", organisation_id="O2", effective_personnel=None),
        one(certificate_id="C3", organisation_id="O2", field="EMS"),
        one(certificate_id="C4", organisation_id="O2", field="Service", effective_personnel=None),
        one(certificate_id="C5", organisation_id="O2", field="ISMS", effective_personnel=900),
    )
    with pytest.raises(InputError) as raised:
        programme(body(*rows), "2026-01-01", "2026-12-31")
    told = [(p.row, p.column) for p in raised.value.problems]
    assert told == [(2, "field"), (3, "effective_personnel"), (4, "risk"), (5, "days"), (6, "effective_personnel")]
    for wrong in ({"effective_personnel": 0}, {"effective_personnel": 1_000_000}, {"expires": "2025-01-01"}):
        with pytest.raises(InputError, match="certificates row 2"):
            body(one(**wrong))
    with pytest.raises(InputError, match="overlaps C1"):
        body(one(expires="2028-06-09"), one(certificate_id="C2", decided="2026-01-01", expires="2028-12-31"))
    with pytest.raises(InputError, match="scores row 2, score"):
        body(one(), scores={"organisation_id": ["O1"], "date": ["2026-01-01"], "score": [101]})
    with pytest.raises(InputError, match="sites row 2, organisation_id"):
        body(one(), sites={"organisation_id": ["O9"], "site": ["S1"]})
    for wrong in ({"window": 0}, {"decision": 400}, {"integration": 0.3}):
        with pytest.raises(ArgumentError, match="Maybe"):
            programme(body(one()), "2026-01-01", "2026-12-31", **wrong)
    with pytest.raises(ArgumentError, match="swapped"):
        programme(body(one()), "2026-12-31", "2026-01-01")


PACK = """name = "House"
fields = ["QMS"]
[[rule]]
name = "first_surveillance"
value = 9
clause = "3.1"
certainty = "own"
from = 2020-01-01
"""


def test_a_pack_of_ones_own_overrides_by_name(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(PACK)
    made = programme(body(one()), "2026-01-01", "2026-12-31", packs=[tmp_path / "house.toml"])
    assert "certification decision 2025-06-10 + 9 months, House 3.1" in made.trace("C1-S2603")[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (PACK.replace("first_surveillance", "first_surveilance"), "Maybe first_surveillance?"),
        (PACK.replace("value = 9", "value = -1"), "is not a number from 0 to 1000"),
        (PACK.replace('certainty = "own"', 'certainty = "?"'), "is none of C, S, M, own"),
        (PACK.replace("from = ", "until = "), "from: is missing"),
        (PACK + "until = 2025-12-31\n" + PACK.split("\n", 2)[2].replace("2020-01-01", "2026-02-01"), "leaves a gap"),
        (PACK + PACK.split("\n", 2)[2].replace("2020-01-01", "2026-02-01"), "is in force"),
        (PACK + "until = 2019-12-31\n", "comes before from"),
        ("name = ", "is not TOML"),
        ('name = "x"', "fields: is missing"),
    ],
)
def test_a_pack_that_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(InputError, match=r"own\.toml") as raised:
        rule_book([tmp_path / "own.toml"])
    assert told in str(raised.value)


def test_the_packs_of_the_library_state_clause_source_and_certainty() -> None:
    for name in BUILT_IN:
        pack = built_in(name)
        assert pack.title
        for rule in pack.rules:
            assert rule.clause
            assert rule.source
            assert rule.says.endswith(".")
    # What nobody could confirm counts only when that is asked for.
    assert rule_book().rules("EMS", "restoration") == ()
    assert rule_book(unconfirmed=True).rules("EMS", "restoration")[0].value == 6


def test_load_outlook_warnings_and_levelling_of_a_body() -> None:
    register = am.sample.portfolio(am.sample(auditors=20, audits=60, seed=2), "2025-12-01")
    made = programme(register, "2026-01-01", "2026-12-31", integration=0.1)
    days = float(made.register.audits["person_days"].sum())
    assert float(load(made)["person_days"].sum()) == pytest.approx(days)
    flat = levelled(made)
    assert peak(flat)[0] < peak(made)[0]
    table = flat.register.audits
    assert ((table["earliest"] <= table["preferred"]) & (table["preferred"] <= table["latest"])).all()
    months = outlook(made)
    assert set(months.columns) >= {"month", "field", "specialty", "P"}
    assert months["P"].notna().any()
    told = warnings(made, "2026-01-15")
    assert set(told["band"]) <= {30, 60, 90}
    assert (told["days_left"] <= told["band"]).all()
    assert "window closes" in set(told["what"])
    assert len(made.table) == len(made)
    assert len(made.lost_table) == len(made.lost)


def test_from_certificates_to_a_plan_and_its_report_in_one_command(tmp_path: Path) -> None:
    register = am.sample.portfolio(am.sample(auditors=10, audits=20, seed=2), "2025-12-01")
    register.write(tmp_path / "data")
    words = ("--from", "2026-01-01", "--to", "2026-03-31", "--integration", 0.1, "--level", "--plan", 2)
    told = invoke("programme", tmp_path / "data", *words, "--out", tmp_path / "out")
    assert told.exit_code == 0, told.output
    assert "of them planned" in told.output
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *("register", "programme.csv", "lost.csv", "load.csv", "milestones.csv", "quarters.csv", "plan"),
        *("programme.xlsx", "programme.ics", "notices"),
    }
    assert (tmp_path / "out" / "plan" / "report.html").is_file()
    again = invoke("programme", tmp_path / "data", *words[:4], "--out", tmp_path / "out", "--json")
    assert json.loads(again.stdout)["audits"] > 0
    wrong = invoke("programme", tmp_path / "data", *words[:4], "--set", "QMS=12")
    assert wrong.exit_code == 2


def test_sampled_sites_are_visited_near_the_central_function_and_go_round() -> None:
    names = [f"S{k}" for k in range(9)]
    sites = {"organisation_id": ["O1"] * 9, "site": names, "headcount": [20] * 9}
    made = programme(body(one(), sites=sites), "2026-01-01", "2028-12-31")
    table, links = made.register.audits, made.register.links
    visited: list[set[str]] = []
    for audit, number in (("C1-S2606", 2), ("C1-S2612", 2), ("C1-R2805", 3)):  # 0.6 * 3 and 0.8 * 3, rounded up
        mine = [name for name in table["audit_id"].tolist() if name.startswith(f"{audit}@")]
        if not mine:
            continue
        assert len(mine) == number
        visited.append({name.partition("@")[2] for name in mine})
        assert {"IAF MD 1:2018"} <= {line.rpartition("(")[2].rstrip(")") for line in made.trace(mine[0])}
        pairs = set(zip(links["first_audit"], links["second_audit"], links["kind"], links["max_days"], strict=True))
        assert {(audit, name, "together", 30) for name in mine} <= pairs
    assert len(visited) >= 2
    assert not visited[0] & visited[1]
    again = programme(body(one(), sites=sites), "2026-01-01", "2028-12-31")
    assert again.register.audits["audit_id"].tolist() == table["audit_id"].tolist()


def test_scores_earn_ratings() -> None:
    scores = {"organisation_id": ["O1", "O2"], "date": ["2026-01-01"] * 2, "score": [92.5, 60]}
    assert ratings(body(one(), scores=scores))["rating"].tolist() == ["four stars", ""]


def test_a_demonstration_may_begin_with_certificates(tmp_path: Path) -> None:
    told = invoke("demo", "--certificates", "--time-limit", 2, "--out", tmp_path)
    assert told.exit_code == 0, told.output
    assert {"register", "programme.csv", "plan.csv", "report.html"} <= {path.name for path in tmp_path.iterdir()}
    assert "CNCA-QMS-01:2025 5.4.1.4" in (tmp_path / "report.html").read_text(encoding="utf-8")

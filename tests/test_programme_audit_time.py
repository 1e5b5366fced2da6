"""Audit time: every number of the tables, what lies between them, and what may be taken off."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditmatch.errors import ArgumentError
from auditmatch.programme import audit_time, enms_complexity, initial_days, integrated

# IAF MD 5: effective personnel; QMS; EMS high, medium, low, limited; OHSMS high, medium, low. Written out from the
# page, not read from the package.
MD5 = """
1-5 1.5 3 2.5 2.5 2.5 3 2.5 2.5
6-10 2 3.5 3 3 3 3.5 3 3
11-15 2.5 4.5 3.5 3 3 4.5 3.5 3
16-25 3 5.5 4.5 3.5 3 5.5 4.5 3.5
26-45 4 7 5.5 4 3 7 5.5 4
46-65 5 8 6 4.5 3.5 8 6 4.5
66-85 6 9 7 5 3.5 9 7 5
86-125 7 11 8 5.5 4 11 8 5.5
126-175 8 12 9 6 4.5 12 9 6
176-275 9 13 10 7 5 13 10 7
276-425 10 15 11 8 5.5 15 11 8
426-625 11 16 12 9 6 16 12 9
626-875 12 17 13 10 6.5 17 13 10
876-1175 13 19 15 11 7 19 15 11
1176-1550 14 20 16 12 7.5 20 16 12
1551-2025 15 21 17 12 8 21 17 12
2026-2675 16 23 18 13 8.5 23 18 13
2676-3450 17 25 19 14 9 25 19 14
3451-4350 18 27 20 15 10 27 20 15
4351-5450 19 28 21 16 11 28 21 16
5451-6800 20 30 23 17 12 30 23 17
6801-8500 21 32 25 19 13 32 25 19
8501-10700 22 34 27 20 14 34 27 20
"""
COLUMNS = (
    ("QMS", None), ("EMS", "high"), ("EMS", "medium"), ("EMS", "low"), ("EMS", "limited"),
    ("OHSMS", "high"), ("OHSMS", "medium"), ("OHSMS", "low"),
)  # fmt: skip
# ISO/IEC 27006-1, the rows that are known.
ISMS = "1-10 5 11-15 6 16-25 7 26-45 8.5 46-65 10 66-85 11 86-125 12 126-175 13 176-275 14 276-425 15 426-625 16.5"
ROWS = [
    (*map(int, cells[0].split("-")), scheme, complexity, float(days))
    for cells in map(str.split, MD5.strip().splitlines())
    for (scheme, complexity), days in zip(COLUMNS, cells[1:], strict=True)
] + [
    (*map(int, span.split("-")), "ISMS", None, float(days))
    for span, days in zip(ISMS.split()[::2], ISMS.split()[1::2], strict=True)
]


def test_the_tables_are_whole() -> None:
    assert len(ROWS) == 23 * 8 + 11


@pytest.mark.parametrize(("first", "last", "scheme", "complexity", "days"), ROWS)
def test_every_number_of_the_tables(first: int, last: int, scheme: str, complexity: str | None, days: float) -> None:
    for personnel in (first, (first + last) // 2, last):
        assert initial_days(scheme, personnel, complexity, "table") == days
    # As a continuum the number stands at the middle of its row; beside it, by less than a step of the table.
    if (scheme, first) != ("ISMS", 1):  # the chart's first row is as wide as two of MD 5
        low, high = (
            initial_days(scheme, m, complexity) for m in (math.floor((first + last) / 2), -(-(first + last) // 2))
        )
        assert low - 1e-9 <= days <= high + 1e-9
        assert high - low < 0.25


def test_between_two_rows_the_days_lie_on_a_line() -> None:
    # QMS: 3 days at (16 + 25) / 2 = 20.5 persons, 4 at (26 + 45) / 2 = 35.5; at 28 half-way between.
    assert initial_days("QMS", 28) == pytest.approx(3.5)
    # The notes' own example: 55 persons take 5 days.
    assert audit_time("QMS", 55).days == 5.0


def test_above_the_last_row_the_progression_goes_on() -> None:
    # The middles of the last two rows, 7,650.5 and 9,600.5, lie a factor of 1.255 apart, and a day of QMS.
    factor = 9600.5 / 7650.5
    assert initial_days("QMS", round(9600.5 * factor**2)) == pytest.approx(24, abs=1e-3)
    assert initial_days("QMS", 12_050, method="table") == pytest.approx(23, abs=0.01)


@given(
    st.integers(1, 200_000), st.integers(0, 5_000), st.sampled_from(COLUMNS), st.sampled_from(["continuum", "table"])
)
def test_more_people_never_take_less_time(personnel: int, more: int, column: tuple[str, str | None], way: str) -> None:
    scheme, complexity = column
    assert (
        initial_days(scheme, personnel, complexity, way)
        <= initial_days(scheme, personnel + more, complexity, way) + 1e-9
    )


@pytest.mark.parametrize(
    ("kind", "exact", "days"),
    # 126 to 175 persons: 8 days at 150.5. Thirds of it: 2.67 and 5.33, to the nearest half day.
    [("initial", 8, 8), ("stage1", 8 / 3, 2.5), ("stage2", 16 / 3, 5.5), ("surveillance", 8 / 3, 2.5),
     ("recertification", 16 / 3, 5.5)],
)  # fmt: skip
def test_each_kind_takes_its_share_to_the_nearest_half_day(kind: str, exact: float, days: float) -> None:
    found = audit_time("QMS", 150, kind, method="table")
    assert found.exact == pytest.approx(exact)
    assert found.days == days
    # 80 % on site, up to the next half day.
    assert found.on_site_least == math.ceil(2 * 0.8 * days) / 2


@pytest.mark.parametrize(("reduction", "days"), [(0.0, 9.0), (0.3, 6.5), (0.25, 7.0), (-0.5, 13.5)])
def test_a_table_value_is_reduced_by_thirty_per_cent_at_most(reduction: float, days: float) -> None:
    # 9 * 0.7 = 6.3 -> 6.5; 9 * 0.75 = 6.75 -> 7, a half goes up.
    assert audit_time("QMS", 200, reduction=reduction, method="table").days == days


@pytest.mark.parametrize(("exact", "days"), [(5.3, 5.5), (5.2, 5.0)])
def test_rounding_is_as_md_5_gives_it(exact: float, days: float) -> None:
    # QMS 46 to 65: 5 days; made 5.3 and 5.2 by an addition.
    assert audit_time("QMS", 50, reduction=1 - exact / 5, method="table").days == days


def test_both_reductions_multiply_to_forty_four_per_cent() -> None:
    parts = [
        audit_time("QMS", 150, reduction=0.3, method="table"),
        audit_time("EMS", 150, "initial", "low", 0.3, "table"),
    ]
    whole = integrated(parts, 0.2)
    # (8 + 6) * 0.7 * 0.8 = 7.84 -> 8.
    assert whole.exact == pytest.approx((8 + 6) * 0.56)
    assert whole.days == 8.0
    assert [line.value for line in whole.trace[:2]] == [8.0, pytest.approx(5.6)]
    assert str(whole).count("IAF MD 5 table") == 2


def test_complexity_of_energy_management() -> None:
    assert enms_complexity(1, 1, 1.2) == (1.1, "low")
    assert enms_complexity(1, 1.4, 1.1) == (1.15, "medium")
    assert enms_complexity(1.2, 1.4, 1.4) == (1.35, "medium")
    assert enms_complexity(1.4, 1.4, 1.4) == (1.4, "high")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: audit_time("QMS", 0), "personnel=0 is no whole number"),
        (lambda: audit_time("QMS", 1_000_001), "from 1 to 1,000,000"),
        (lambda: audit_time("QMS", 10, "high"), "kind='high' is none of initial"),
        (lambda: audit_time("QMS", 10, complexity="high"), "no class of QMS. Maybe none"),
        (lambda: audit_time("EMS", 10), "no class of EMS. Maybe one of high, medium, low, limited"),
        (lambda: audit_time("FSMS", 10), "has no table. Maybe one of QMS"),
        (lambda: audit_time("ISMS", 626), "these rows of ISO/IEC 27006-1 are not known"),
        (lambda: audit_time("QMS", 10, reduction=0.31), "not between -1 and 0.3"),
        (lambda: audit_time("QMS", 10, reduction=math.nan), "not between -1 and 0.3"),
        (lambda: initial_days("QMS", 10, method="steps"), "neither continuum nor table"),
        (lambda: integrated([], 0.1), "0 parts make no integrated audit"),
        (lambda: integrated([audit_time("QMS", 9)] * 2, 0.21), "not between 0 and 0.2"),
        (lambda: enms_complexity(-1, 1, 1), "consumption=-1 is not between"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(call, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        call()

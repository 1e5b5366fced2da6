"""Balance of load and travel, against plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from bodies import MONDAY, TUESDAY, body, booked
from hypothesis import given
from hypothesis import strategies as st

import auditmatch as am
from auditmatch.evenness import gini
from auditmatch.plan import Plan


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_gini_is_the_mean_difference_over_twice_the_mean(values: list[float]) -> None:
    array = np.array(values)
    plain = float(np.abs(array[:, None] - array).mean() / (2 * array.mean())) if array.mean() > 0 else 0.0
    assert gini(array) == pytest.approx(plain, abs=1e-9)


def test_days_shares_and_kilometres_of_each_person() -> None:
    office = body().having("locations", {"location": "Beijing", "latitude": 39.9, "longitude": 116.4})
    office = office.having("locations", {"location": "Tianjin", "latitude": 39.1, "longitude": 117.2})
    tables = {
        **office.tables,
        "auditors": [{**row, "location": "Beijing"} for row in office.tables["auditors"]],
        "organisations": [{"organisation_id": "O1", "location": "Tianjin"}],
    }
    problem = type(office)(tables).audit("A").audit("B", on_site=0.0).problem()
    plan = Plan.from_bookings([booked("A", MONDAY, ("P1", "lead")), booked("B", TUESDAY, ("P1", "lead"))])
    found = am.balance(problem, plan)
    assert found.table["days"].tolist() == [2.0, 0.0, 0.0]
    assert found.table["share"].tolist() == [0.4, 0.0, 0.0]
    assert found.table["kilometres"].tolist() == [pytest.approx(2 * 112, rel=0.05), 0.0, 0.0]  # B is remote
    assert (found.least, found.most) == (0.0, 0.4)
    assert found.load == pytest.approx(2 / 3)
    assert str(found) == "load: Gini 0.67, from 0% to 40% of the days there; travel: Gini 0.67"

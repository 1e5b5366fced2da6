"""A body's certificates in the middle of their cycles: made up around a sample's clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from auditmatch.sample.arrays import as_date

if TYPE_CHECKING:
    from auditmatch.register import Register

# Fields whose audit time follows from a table; the others state their days.
TABLED = ("QMS", "EMS", "OHSMS", "ISMS")
MONTH = 30.4
EMPTY = ("audits", "requirements", "audit_certificates", "links", "plan", "closures")


def portfolio(register: Register, day: Any, seed: int = 0) -> Register:
    """Return a register whose certificates are at random points of their cycles on a day, and that has no audits.

    Personnel, risks, days and dates are made up. Certificates of one client and field were decided on one day, as those
    that are audited together are, and visits up to the day were held in time.

    Parameters
    ----------
    register
        Such as `sample` makes.
    day
        ISO date.
    seed
        Equal arguments and seed give equal tables.
    """
    rng, today = np.random.default_rng([seed, 6]), as_date(day)
    table = _one_of_a_scope(register)
    # One row for each certificate and specialty; what belongs to a certificate is drawn once.
    names, first, back = np.unique(table["certificate_id"].astype(str), return_index=True, return_inverse=True)
    back = back.reshape(-1)
    owner = register.index("organisations", table["organisation_id"])[first]
    clients, field = len(register.organisations), table["field"][first].astype(str)
    apart = rng.integers(0, 60, len(names)) * (rng.random(len(names)) < 0.5)
    elapsed = np.minimum(rng.integers(1, 36 * 30, clients)[owner] + apart, 36 * 30)
    decided = today - elapsed.astype("timedelta64[D]")
    month = decided.astype("datetime64[M]")
    expires = (month + np.timedelta64(36, "M")).astype("datetime64[D]") + (decided - month.astype("datetime64[D]")) - 1
    size = np.clip(np.round(np.exp(rng.normal(3.8, 1.1, clients))), 1, 5_000)[owner]
    size[field == "ISMS"] = np.minimum(size[field == "ISMS"], 600)
    tabled = np.isin(field, TABLED)
    classes = np.array(["high", "medium", "low"], dtype=object)
    risk = rng.choice(classes, clients, p=[0.2, 0.5, 0.3])[owner]
    risk[~np.isin(field, ("EMS", "OHSMS"))] = None
    days = np.maximum(np.round(2 * np.exp(rng.normal(0.9, 0.4, len(names)))) / 2, 1.0)
    columns = {c: table[c] for c in table} | {
        "issued": decided[back],
        "decided": decided[back],
        "expires": expires[back],
        "effective_personnel": np.where(tabled, size, np.nan)[back],
        "risk": risk[back],
        "days": np.where(tabled, np.nan, days)[back],
    }
    empty: dict[str, Any] = {name: {} for name in EMPTY}
    wishes = register.preferences
    general = np.array([a is None for a in wishes["audit_id"].tolist()], dtype=bool)
    kept = {c: wishes[c][general] for c in wishes.columns}
    visits = _held(names, field, decided, elapsed)
    return register.with_tables(certificates=columns, history=visits, preferences=kept, **empty)


def _one_of_a_scope(register: Register) -> dict[str, Any]:
    """Return the rows of `certificates`, of one client, field and specialty only the first but for product schemes."""
    table, seen, rows = register.certificates, set(), []
    scopes = zip(*(table[c].tolist() for c in ("organisation_id", "field", "specialty")), strict=True)
    for k, scope in enumerate(scopes):
        if scope not in seen or scope[1].endswith("product"):
            seen.add(scope)
            rows.append(k)
    return {c: table[c][rows] for c in ("certificate_id", "specialty", "organisation_id", "field")}


def _held(names: Any, field: Any, decided: Any, elapsed: Any) -> dict[str, Any]:
    """Return the visits held so far, each half a month before it was due."""
    kind = np.where(np.char.endswith(field, "product"), "unannounced", "surveillance").astype(object)
    rows = [(k, n) for n in (1, 2) for k in np.flatnonzero(elapsed > n * 12 * MONTH).tolist()]
    days = [decided[k] + np.timedelta64(int(n * 12 * MONTH) - 15, "D") for k, n in rows]
    which = [k for k, _ in rows]
    return {
        "certificate_id": names[which].astype(object),
        "kind": kind[which],
        "date": np.array(days, dtype="datetime64[D]"),
    }

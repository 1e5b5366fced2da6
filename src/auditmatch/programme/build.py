"""From certificates to audits: windows by the rules in force, audit time, integrated visits, links, a trace of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from auditmatch.errors import ArgumentError
from auditmatch.horizon import read_day
from auditmatch.programme.applying import add_applications
from auditmatch.programme.audit_time import MOST_INTEGRATION
from auditmatch.programme.cycle import Certificates, Found, cycles
from auditmatch.programme.made import Programme
from auditmatch.programme.making import Maker
from auditmatch.programme.packs import rule_book
from auditmatch.programme.portfolio import portfolio
from auditmatch.programme.special import specials
from auditmatch.register import Register


def programme(
    register: Register,
    start: Any,
    end: Any,
    *,
    packs: Iterable[Any] = (),
    stated: Mapping[str, Mapping[str, float]] | None = None,
    unconfirmed: bool = False,
    window: int = 60,
    decision: int = 30,
    integration: float | None = None,
    seed: int = 0,
) -> Programme:
    """Return the audits that the certificates and applications of a register ask for in a span of days.

    Every window ends on the latest legal day under the rules in force on that day, also where they change in between;
    each audit carries a trace with clause. A later surveillance is linked to the one before, for its limit follows the
    day on which that one is held. Of clients with `sites` each audit samples some (IAF MD 1), as visits of their own
    within 30 days of the one to the central function. A notice of a failed spot check asks for a special audit at short
    notice; a suspended certificate for one before its suspension is over. Audits weigh more the nearer their last legal
    day (`priority`), twice as much where the rule in force says that a window missed suspends.

    Parameters
    ----------
    register
        With `certificates` that state `decided` and what audit time needs; `history`, `applications` where there are.
        Its own `audits`, `links` and `plan` are left out.
    start, end
        ISO dates, both inclusive.
    packs, stated, unconfirmed
        Rule packs of one's own, numbers by field and rule, and whether unconfirmed rules count: see `rule_book`.
    window
        Calendar days that a window is open at the most; a choice of the body, no rule.
    decision
        Calendar days from a recertification audit to the decision, which comes before expiry, and from the stage 2 of
        an application to the decision, which comes within three months of it; a choice of the body.
    integration
        Share of time saved by integrating audits of one client, 0 to 0.2 (IAF MD 11); None: nothing is merged.
    seed
        Of the lots by which sites are sampled.

    Raises
    ------
    ArgumentError
        A date or number is out of its range.
    InputError
        A pack cannot be used, or certificates name a field that no pack knows or lack what audit time needs; all at
        once.
    """
    first, last = read_day(start, "start"), read_day(end, "end")
    if last < first:
        raise ArgumentError(f"the programme ends on {last}, before it starts on {first}. Maybe the two are swapped?")
    if integration is not None and not 0 <= integration <= MOST_INTEGRATION:
        raise ArgumentError(f"integration={integration!r} is not from 0 to {MOST_INTEGRATION} (IAF MD 11). Maybe 0.1?")
    for name, days in (("window", window), ("decision", decision)):
        if not 1 <= days <= 365:
            raise ArgumentError(f"{name}={days!r} is not from 1 to 365 days. Maybe {name}=30?")
    book = rule_book(packs, stated, unconfirmed)
    held = portfolio(register, book)
    found = Found()
    for name, risk, rows in held.by_field():
        certs = Certificates(rows, held.decided[rows], held.expires[rows], held.done[rows], held.visited[rows])
        cycles(book, name, certs, (first, last), found, window, decision, risk)
    specials(book, held, (first, last), found)
    made = Maker(register, held, found, book, (first, last), integration, seed)
    made.visits(found.visits())
    add_applications(made, decision)
    return made.programme()

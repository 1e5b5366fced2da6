"""The ten shapes: all that an engine understands of a business rule.

A rule lowers itself to these; an engine reads nothing else. Audits and auditors are rows of the register's tables,
slots are working half-days of the scene's calendar, reasons are sentences for people. Arrays of one shape are
parallel (row k of each says one thing), but for Seat, Cover, Start and Must, which hold for all their `audits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from auditmatch.agenda import Agenda
    from auditmatch.cases import Case
    from auditmatch.plan import Violation
    from auditmatch.scene import Scene

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Item = TypeVar("Item")

ANY_LENGTH = 0
FOR_EVER = 2**31 - 1


class Role(IntEnum):
    """How a person sits in a team: only counting members count towards audit time."""

    COUNTING = 0
    INTERN = 1
    EXPERT = 2


def ints(values: Any) -> Ints:
    """Return `values` as a read-only int64 array of one dimension."""
    array = np.array(values, dtype=np.int64).reshape(-1)
    array.flags.writeable = False
    return array


@dataclass(frozen=True, slots=True, eq=False)
class ByAudit(Generic[Item]):
    """What each audit has: `items[k]` for k in `rows` from `ptr[audit]` to `ptr[audit + 1]`."""

    ptr: Ints
    rows: npt.NDArray[np.int32]
    items: Sequence[Item]

    @staticmethod
    def of(audits: int, owners: Ints, rows: Ints, items: Sequence[Item]) -> ByAudit[Item]:
        """Return items[rows[k]] as something of audit owners[k]; each once, in the order of the items."""
        both = np.sort(owners * max(len(items), 1) + rows)
        owner, row = np.divmod(both[np.diff(both, prepend=-1) > 0], max(len(items), 1))
        return ByAudit(ints(np.searchsorted(owner, np.arange(audits + 1))), row.astype(np.int32), items)

    @staticmethod
    def numbered(audits: int, owners: Ints) -> ByAudit[int]:
        """Return the places in `owners` at which each audit stands."""
        return ByAudit.of(audits, owners, np.arange(len(owners)), range(len(owners)))

    def get(self, audit: int, default: list[Item]) -> list[Item]:
        """Return what an audit has, or the default where it has nothing."""
        mine = self.rows[self.ptr[audit] : self.ptr[audit + 1]].tolist()
        return [self.items[k] for k in mine] if mine else default


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Who belongs to a set, and when: auditor `auditors[k]` does while the booking lies in slots [first[k], last[k]].

    One auditor may stand in several rows with disjoint ranges, as a qualification that lapsed and was renewed.
    """

    auditors: Ints
    first: Ints
    last: Ints

    @staticmethod
    def always(auditors: Iterable[int]) -> Pool:
        """Return the pool of people who belong to it at all times."""
        who = ints(list(auditors))
        return Pool(who, ints(np.zeros(len(who))), ints(np.full(len(who), FOR_EVER)))


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """Pair: the people of `pool` may sit in `audits` as `role`. Without a seat nobody sits; seats add up."""

    audits: Ints
    role: Role
    pool: Pool


@dataclass(frozen=True, slots=True, eq=False)
class Barred:
    """Pair, taken away: auditor k has no seat in audit k when the booking touches slots [first, last]."""

    audits: Ints
    auditors: Ints
    first: Ints
    last: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Start: the booking of audit k lies inside slots [first, last]; nothing fits where last < first."""

    audits: Ints
    first: Ints
    last: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """Start: none of `audits` may start in any of `slots` with `length` slots (ANY_LENGTH: with any number)."""

    audits: Ints
    length: int
    slots: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Busy:
    """Auditor k is away in slots [first, last]."""

    auditors: Ints
    first: Ints
    last: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """One allowed form of audit k: exactly `counting` counting members in `lengths` slots, at most `others` beside."""

    audits: Ints
    counting: Ints
    lengths: Ints
    others: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Cover:
    """The team of each audit has at least (or at most) constant + per_counting * (counting members) people of a set.

    The set is told by seats: `seats` pairs a role with who of those that sit so are counted (None: anyone), judged
    while the booking lasts. A person has one role, so nobody counts twice. `label` names the set ("QMS 03.04.01").
    """

    audits: Ints
    at_least: bool
    constant: int
    per_counting: int
    seats: tuple[tuple[Role, Pool | None], ...]
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Apart:
    """Auditors first[k] and second[k] are never in one team."""

    first: Ints
    second: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class SlotCap:
    """Cap: auditor k occupies at most `limit` weighted slots inside [first, last].

    A slot of audit a weighs `weight[a]` (hundredths of a slot; 0 = a remote audit does not count). `limit` is in the
    same hundredths and already less what was used before.
    """

    auditors: Ints
    first: Ints
    last: Ints
    limit: Ints
    weight: Ints
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class KeyCap:
    """Cap: auditor k touches at most `limit` distinct keys by bookings that start inside slots [first, last].

    Audit key_audits[j] carries key keys[j]. Where key_pools[j] is a pool, only its people touch the key.
    """

    auditors: Ints
    first: Ints
    last: Ints
    limit: Ints
    key_audits: Ints
    keys: Ints
    key_pools: tuple[Pool | None, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two audits bound together when both are served; `required` also says: second only if first.

    Attributes
    ----------
    first, second
        Rows of the audits.
    lo, hi
        With `lo` not None the second starts after the first ends, and between the first's last day and the second's
        first day lie at least lo and at most hi calendar days (hi None: no limit).
    within
        The two first days differ by at most so many calendar days; None: no limit.
    share
        The teams have at least so many people in common.
    disjoint
        The teams have nobody in common.
    """

    first: int
    second: int
    lo: int | None = None
    hi: int | None = None
    within: int | None = None
    share: int = 0
    disjoint: bool = False
    required: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Any two audits of one auditor lie at least need[place of one, place of the other] calendar half-days apart.

    `places[a]` is the place of audit a, -1 for one without a place, which this gap does not bind. `need` is square and
    symmetric: 0 forbids overlap, -1 says nothing. `auditors`: whom it binds, None: everybody.
    """

    places: Ints
    need: Ints
    reason: str
    auditors: Ints | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Must:
    """These audits are not optional."""

    audits: Ints
    reason: str


Shape: TypeAlias = Seat | Barred | Window | Start | Busy | Mode | Cover | Apart | SlotCap | KeyCap | Link | Gap | Must


class Rule(Protocol):
    """What a rule file holds: frozen data and four ways to speak of it.

    `lower` and `check` state the same rule twice and share no code: engines obey the first, `verify` the second.
    """

    @property
    def name(self) -> str:
        """One word per rule, as it stands in violations and reasons."""

    def lower(self, scene: Scene) -> Iterable[Shape]:
        """Return the shapes that say this rule to the engines."""

    def check(self, scene: Scene, agenda: Agenda) -> list[Violation]:
        """Return what breaks this rule, worked out from names and dates alone."""

    def describe(self) -> str:
        """Return the rule as one sentence."""

    def sample(self, rng: np.random.Generator) -> Case:
        """Return a small random register on which this rule matters."""

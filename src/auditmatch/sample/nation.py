"""The certificates, organisations and auditors of a nation, by public figures, streamed in batches.

Certificates and organisations of each field are exactly the published ones; provinces follow the published shares of
certificates. The rest is assumed and made up: 200,000 auditors with ten qualifications each, willingness and
cooperation, who holds which specialty, and the months when certificates are due.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from auditmatch.coded import Coded
from auditmatch.errors import ArgumentError, MissingExtraError
from auditmatch.sample.arrays import Bools, Floats, Ints, choice, zipf
from auditmatch.sample.figures import CORE, FIELDS, ORGANISATIONS, PROVINCES, SCHEMES, core_patterns, specialty_codes

CERTIFICATES: Final = sum(field.certificates for field in FIELDS)  # 4,084,224
AUDITORS, QUALIFICATIONS = 200_000, 2_000_000
MEMBERS: Final = 50_000  # organisations or auditors of a batch
Batch = dict[str, Any]

_CODES: Final = specialty_codes()
_PRODUCTS: Final = tuple(place for place, field in enumerate(FIELDS) if field.schemes)
# Codes first, then the schemes of each product field.
SPECIALTIES: Final = (
    *_CODES,
    *(f"{FIELDS[place].name} scheme {k + 1:02d}" for place in _PRODUCTS for k in range(SCHEMES)),
)
_FIRST: Final = np.array(
    [len(_CODES) + SCHEMES * _PRODUCTS.index(place) if place in _PRODUCTS else 0 for place in range(len(FIELDS))]
)
_WIDTH: Final = np.array([SCHEMES if field.schemes else len(_CODES) for field in FIELDS])
_FIELD_NAMES: Final = tuple(field.name for field in FIELDS)
_PROVINCE_NAMES: Final = tuple(province.name for province in PROVINCES)


@dataclass(frozen=True, slots=True)
class Nation:
    """A nation's certificates and auditors; `nation` makes it. Nothing is drawn before a batch is asked for.

    Attributes
    ----------
    certificates, organisations, auditors, qualifications
        How many there are.
    seed
        Equal sizes and seed give equal rows.
    months
        The twelve months in which certificates are due, YYYY-MM.
    """

    certificates: int
    organisations: int
    auditors: int
    qualifications: int
    seed: int
    months: tuple[str, ...]

    def demand(self) -> Iterator[Batch]:
        """Yield the certificates in batches, sorted by organisation.

        Columns organisation_id (whole numbers from 0), field, specialty, province, month (`Coded`), B2, C2, D, E: the
        factors of the organisation. An organisation has its certificates in one province, each due in one month.
        """
        batches = -(-self.organisations // MEMBERS)
        seeds = np.random.SeedSequence([self.seed, 0]).spawn(batches)
        for number, seed in enumerate(seeds):
            first, last = number * MEMBERS, min(self.organisations, (number + 1) * MEMBERS)
            yield _certificates(np.random.default_rng(seed), self, first, last)

    def supply(self) -> Iterator[Batch]:
        """Yield the qualifications in batches, sorted by auditor.

        Columns auditor_id (whole numbers from 0), field, specialty, province (`Coded`), B1, C1. Each row is another
        (field, specialty) of its auditor.
        """
        batches = -(-self.auditors // MEMBERS)
        seeds = np.random.SeedSequence([self.seed, 1]).spawn(batches)
        for number, seed in enumerate(seeds):
            first, last = number * MEMBERS, min(self.auditors, (number + 1) * MEMBERS)
            yield _qualifications(np.random.default_rng(seed), self, first, last)

    def write(self, folder: str | Path) -> tuple[Path, Path]:
        """Write demand.parquet and supply.parquet, batch by batch, and return their paths.

        Raises
        ------
        MissingExtraError
            Without pyarrow.
        """
        try:
            from pyarrow import parquet
        except ModuleNotFoundError:
            raise MissingExtraError("pyarrow", "io", "writing Parquet") from None
        paths = (Path(folder) / "demand.parquet", Path(folder) / "supply.parquet")
        Path(folder).mkdir(parents=True, exist_ok=True)
        for path, batches in zip(paths, (self.demand(), self.supply()), strict=True):
            table = arrow(next(batches))
            with parquet.ParquetWriter(path, table.schema) as writer:
                writer.write_table(table)
                for batch in batches:
                    writer.write_table(arrow(batch))
        return paths


def nation(certificates: int = CERTIFICATES, seed: int = 0, year: int = 2027) -> Nation:
    """Make a nation of so many certificates; organisations, auditors and qualifications in proportion.

    Parameters
    ----------
    certificates
        At least 1,000. As published by default: 4,084,224 of 1,087,850 organisations; with 200,000 auditors and
        2,000,000 qualifications.
    seed
        A whole number of at least 0.
    year
        The year whose months certificates are due in, 1991 to 2100.

    Raises
    ------
    ArgumentError
        For an argument outside its domain.
    """
    for name, value, least in (("certificates", certificates, 1_000), ("seed", seed, 0), ("year", year, 1991)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise ArgumentError(f"{name} is {value!r}. Maybe a whole number of at least {least:,}?")
    if year > 2100:
        raise ArgumentError(f"year is {year}. Maybe one up to 2100?")
    share = int(certificates) / CERTIFICATES
    clients, people, held = (round(share * size) for size in (ORGANISATIONS, AUDITORS, QUALIFICATIONS))
    return Nation(
        int(certificates), clients, people, held, int(seed), tuple(f"{year}-{month:02d}" for month in range(1, 13))
    )


def arrow(batch: Batch) -> Any:
    """Return a batch as a table of Arrow, codes as dictionaries."""
    import pyarrow as pa

    columns = {}
    for name, column in batch.items():
        if isinstance(column, Coded):
            columns[name] = pa.DictionaryArray.from_arrays(pa.array(column.codes), pa.array(list(column.values)))
        else:
            columns[name] = pa.array(column)
    return pa.table(columns)


def _quota(total: int, whole: int, first: int, last: int) -> int:
    """Return the share of `total` that falls to members first .. last - 1 of `whole`; over all members they add up."""
    return total * last // whole - total * first // whole


def _certificates(rng: np.random.Generator, nation: Nation, first: int, last: int) -> Batch:
    count = last - first
    holds = _held_fields(rng, nation, first, last)
    number = np.zeros(holds.shape, dtype=np.int64)
    scale, spare = nation.certificates / CERTIFICATES, 0
    for each in range(len(FIELDS)):
        rows = np.flatnonzero(holds[:, each])
        # Certificates beyond the first fall to holders unevenly: few hold many. What a field has too few of, for
        # rounding, the next one gives.
        spare = min(spare, 0) + _quota(_scaled(scale, each), nation.organisations, first, last) - len(rows)
        weights = rng.exponential(size=len(rows)) ** 1.5
        more = max(0, spare) if len(rows) else 0
        number[rows, each] = 1 + (rng.multinomial(more, weights / weights.sum()) if more else 0)
        spare -= more
    organisation, place = np.nonzero(number)
    times = number[organisation, place]
    organisation, place = np.repeat(organisation, times), np.repeat(place, times)
    weights = np.array([province.certificates for province in PROVINCES], dtype=np.float64)
    home = choice(rng, weights, count)
    return {
        "organisation_id": (first + organisation).astype(np.int64),
        "field": Coded(place.astype(np.int32), _FIELD_NAMES),
        "specialty": Coded(_specialties(rng, count, organisation, place).astype(np.int32), SPECIALTIES),
        "province": Coded(home[organisation].astype(np.int32), _PROVINCE_NAMES),
        "month": Coded(rng.integers(0, 12, len(place)).astype(np.int32), nation.months),
        **{name: values[organisation] for name, values in _client_factors(rng, number.sum(axis=1)).items()},
    }


def _scaled(scale: float, place: int) -> int:
    """Return the certificates of a field so that all fields add up to the nation's, whatever the scale."""
    edges = np.cumsum([0, *(field.certificates for field in FIELDS)])
    return round(scale * int(edges[place + 1])) - round(scale * int(edges[place]))


def _held_fields(rng: np.random.Generator, nation: Nation, first: int, last: int) -> Bools:
    """Return organisations x fields, at least one each, the published number of holders in each field.

    Who holds which of the core fields follows `core_patterns`; who holds none of them has another one.
    """
    count, whole = last - first, nation.organisations
    patterns, shares = core_patterns()
    edges = np.rint(np.cumsum([0.0, *shares]) * whole).astype(np.int64)
    kinds = [_quota(int(size), whole, first, last) for size in np.diff(edges)]
    kinds[-1] += count - sum(kinds)
    kind = rng.permutation(np.repeat(np.arange(len(kinds)), np.maximum(kinds, 0))[:count])
    holds = np.zeros((count, len(FIELDS)), dtype=bool)
    holds[:, :CORE] = patterns[kind]
    bare = rng.permutation(np.flatnonzero(~holds.any(axis=1)))
    rest = FIELDS[CORE:]
    asked = [_quota(round(field.organisations * whole / ORGANISATIONS), whole, first, last) for field in rest]
    cuts = np.rint(np.cumsum(asked) / sum(asked) * len(bare)).astype(np.int64)
    for place, (wanted, mine) in enumerate(zip(asked, np.split(bare, cuts[:-1]), strict=True), CORE):
        holds[mine, place] = True
        free = np.flatnonzero(~holds[:, place])
        holds[rng.permutation(free)[: max(0, wanted - len(mine))], place] = True
    return holds


def _specialties(rng: np.random.Generator, count: int, organisation: Ints, place: Ints) -> Ints:
    """Draw a specialty for each certificate: the trade of its organisation, or one near it, by Zipf's law."""
    trade = choice(rng, zipf(len(_CODES)), count)[organisation]
    other = rng.random(len(place)) < 0.3
    trade = np.where(other, trade + rng.geometric(0.3, len(place)), trade)
    scheme = choice(rng, zipf(SCHEMES), len(place))
    return np.asarray(_FIRST[place] + np.where(_WIDTH[place] == SCHEMES, scheme, trade % len(_CODES)))


def _client_factors(rng: np.random.Generator, certificates: Ints) -> dict[str, Floats]:
    """Return B2 in steps of 0.05, C2, D = 1 / audits of the group due in one week, E = 1 / (1 + policy demands)."""
    count = len(certificates)
    return {
        "B2": np.clip(np.rint(20 * rng.beta(8, 2, count)), 1, 20) / 20,
        "C2": certificates.astype(np.float64),
        "D": 1.0 / np.minimum(rng.geometric(0.8, count), 6),
        "E": 1.0 / (1 + rng.binomial(5, 0.12, count)),
    }


def _qualifications(rng: np.random.Generator, nation: Nation, first: int, last: int) -> Batch:
    count = last - first
    spare = _quota(nation.qualifications - nation.auditors, nation.auditors, first, last)
    held = 1 + rng.multinomial(spare, np.full(count, 1 / count))
    auditor = np.repeat(np.arange(count), held)
    rank = np.arange(len(auditor)) - np.repeat(np.cumsum(held) - held, held)
    fields = np.minimum(1 + rng.binomial(2, 0.6, count), held)
    home = choice(rng, np.array([field.certificates for field in FIELDS], dtype=np.float64), count)
    # The fields that an auditor holds follow one another in the list, and so do the specialties in each field.
    place = (home[auditor] + rank % fields[auditor]) % len(FIELDS)
    trade = choice(rng, zipf(len(_CODES)), count)[auditor] + rank // fields[auditor]
    weights = np.array([province.certificates for province in PROVINCES], dtype=np.float64)
    province = choice(rng, weights, count)
    willing = np.rint(25 * rng.beta(9, 1.5, count)) / 25  # the mean of five items in steps of a fifth
    return {
        "auditor_id": (first + auditor).astype(np.int64),
        "field": Coded(place.astype(np.int32), _FIELD_NAMES),
        "specialty": Coded((_FIRST[place] + trade % _WIDTH[place]).astype(np.int32), SPECIALTIES),
        "province": Coded(province[auditor].astype(np.int32), _PROVINCE_NAMES),
        "B1": np.maximum(willing, 0.04)[auditor],
        "C1": fields.astype(np.float64)[auditor],
    }

"""Public figures behind the sample registers: provinces, fields, audit time, and the size of the specialty tree.

Certificates and organisations: national figures of October 2024, as published. Coordinates: the provincial capitals,
degrees north and east. The joint shares of fields and the audit time of fields outside the tables are assumptions,
and are marked so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Province:
    """A province with its capital as its one place.

    Attributes
    ----------
    name, capital
        English names.
    latitude, longitude
        Of the capital, in degrees north and east.
    certificates
        Valid certificates in October 2024.
    """

    name: str
    capital: str
    latitude: float
    longitude: float
    certificates: int


# Hong Kong, Macao and Taiwan share one published figure and stand under Hong Kong. Certificates abroad (90,112) and of
# unknown place (2) are left out: they have no province.
PROVINCES: Final = (
    Province("Guangdong", "Guangzhou", 23.13, 113.26, 732603),
    Province("Zhejiang", "Hangzhou", 30.27, 120.16, 538641),
    Province("Jiangsu", "Nanjing", 32.06, 118.80, 530180),
    Province("Shandong", "Jinan", 36.65, 117.12, 284681),
    Province("Shanghai", "Shanghai", 31.23, 121.47, 159699),
    Province("Anhui", "Hefei", 31.82, 117.23, 157714),
    Province("Beijing", "Beijing", 39.90, 116.41, 154251),
    Province("Hebei", "Shijiazhuang", 38.04, 114.51, 143807),
    Province("Sichuan", "Chengdu", 30.57, 104.07, 136308),
    Province("Fujian", "Fuzhou", 26.07, 119.30, 129862),
    Province("Hubei", "Wuhan", 30.59, 114.31, 122406),
    Province("Henan", "Zhengzhou", 34.75, 113.63, 116612),
    Province("Liaoning", "Shenyang", 41.81, 123.43, 86669),
    Province("Shaanxi", "Xi'an", 34.34, 108.94, 79144),
    Province("Hunan", "Changsha", 28.23, 112.94, 79132),
    Province("Chongqing", "Chongqing", 29.56, 106.55, 73453),
    Province("Tianjin", "Tianjin", 39.08, 117.20, 72472),
    Province("Jiangxi", "Nanchang", 28.68, 115.86, 68167),
    Province("Shanxi", "Taiyuan", 37.87, 112.55, 41289),
    Province("Guangxi", "Nanning", 22.82, 108.37, 36922),
    Province("Yunnan", "Kunming", 25.04, 102.72, 36703),
    Province("Heilongjiang", "Harbin", 45.80, 126.54, 33157),
    Province("Inner Mongolia", "Hohhot", 40.84, 111.75, 28426),
    Province("Guizhou", "Guiyang", 26.65, 106.63, 28420),
    Province("Xinjiang", "Urumqi", 43.83, 87.62, 28318),
    Province("Jilin", "Changchun", 43.82, 125.32, 27668),
    Province("Gansu", "Lanzhou", 36.06, 103.83, 21727),
    Province("Ningxia", "Yinchuan", 38.49, 106.23, 12031),
    Province("Hainan", "Haikou", 20.04, 110.20, 9098),
    Province("Qinghai", "Xining", 36.62, 101.78, 5636),
    Province("Tibet", "Lhasa", 29.65, 91.17, 4205),
    Province("Hong Kong, Macao, Taiwan", "Hong Kong", 22.32, 114.17, 14709),
)


@dataclass(frozen=True, slots=True)
class Field:
    """A certification field.

    Attributes
    ----------
    name
        As it stands in the column `field`.
    certificates, organisations
        Valid certificates, and organisations that hold one, in October 2024.
    bundle
        Fields of one bundle are audited together in one visit; a field alone is its own bundle.
    schemes
        True when the specialty is the name of a scheme (product certification), False when it is a code LL.MM.SS.
    """

    name: str
    certificates: int
    organisations: int
    bundle: str
    schemes: bool = False


ORGANISATIONS: Final = 1_087_850

FIELDS: Final = (
    Field("QMS", 960552, 896874, "core"),
    Field("EMS", 527582, 514946, "core"),
    Field("OHSMS", 477211, 465354, "core"),
    Field("ISMS", 44749, 42934, "digital"),
    Field("ITSMS", 22569, 22076, "digital"),
    Field("Food and agriculture", 69116, 48968, "Food and agriculture"),
    Field("Measurement", 5346, 5225, "Measurement"),
    Field("EnMS", 21988, 21364, "EnMS"),
    Field("IPMS", 28539, 28434, "IPMS"),
    Field("Other systems", 105143, 58448, "Other systems"),
    Field("Compulsory product", 551651, 56281, "Compulsory product", schemes=True),
    Field("Food product", 99105, 48529, "Food product", schemes=True),
    Field("Voluntary product", 1093476, 128827, "Voluntary product", schemes=True),
    Field("Service", 77197, 49973, "Service"),
)
CORE: Final = 3  # the first three fields are the core bundle: an integrated organisation holds all of them
BUNDLES: Final = tuple(dict.fromkeys(field.bundle for field in FIELDS))
FIELD_BUNDLE: Final = np.array([BUNDLES.index(field.bundle) for field in FIELDS])
FIELD_SHARE: Final = np.array([field.organisations / ORGANISATIONS for field in FIELDS])
FIELD_NAMES: Final = np.array([field.name for field in FIELDS], dtype=object)
CAPITALS: Final = np.array([province.capital for province in PROVINCES], dtype=object)
CERTIFICATES_EACH: Final = np.array([field.certificates / field.organisations for field in FIELDS])

# Assumption: the figures give each field alone. These shares of all organisations hold the fields together; what is
# left of a field's own figure holds that field of the core alone.
TOGETHER: Final = ((1, 1, 1, 0.385), (1, 1, 0, 0.062), (1, 0, 1, 0.022), (0, 1, 1, 0.010))

LARGE, MIDDLE, SMALL = 39, 280, 626  # classes of the specialty tree
SCHEMES: Final = 30  # most schemes in one product field (assumption)


def in_bundle(bundle: int) -> npt.NDArray[np.bool_]:
    """Tell which fields belong to a bundle, by its row of `BUNDLES`."""
    return np.asarray(np.equal(FIELD_BUNDLE, bundle))


def core_patterns() -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return which core fields an organisation holds (rows x 3, the last row none) and the share of each row."""
    together = np.array(TOGETHER)
    alone = FIELD_SHARE[:CORE] - (together[:, :CORE] * together[:, CORE:]).sum(axis=0)
    rows = np.vstack([together[:, :CORE], np.eye(CORE), np.zeros((1, CORE))]).astype(bool)
    shares = np.concatenate([together[:, CORE], alone])
    return rows, np.append(shares, 1.0 - shares.sum())


# IAF MD 5 (QMS 1, EMS 1, OH&SMS 1): auditor-days of stage 1 and stage 2 together by effective personnel. The column
# ISMS is ISO/IEC 27006-1, whose rows between 626 and 8500 are from general knowledge. Rows are read as steps.
#   up to, QMS, EMS high / medium / low / limited, OH&SMS high / medium / low, ISMS
_TIME: Final = np.array(
    [
        (5, 1.5, 3, 2.5, 2.5, 2.5, 3, 2.5, 2.5, 5),
        (10, 2, 3.5, 3, 3, 3, 3.5, 3, 3, 5),
        (15, 2.5, 4.5, 3.5, 3, 3, 4.5, 3.5, 3, 6),
        (25, 3, 5.5, 4.5, 3.5, 3, 5.5, 4.5, 3.5, 7),
        (45, 4, 7, 5.5, 4, 3, 7, 5.5, 4, 8.5),
        (65, 5, 8, 6, 4.5, 3.5, 8, 6, 4.5, 10),
        (85, 6, 9, 7, 5, 3.5, 9, 7, 5, 11),
        (125, 7, 11, 8, 5.5, 4, 11, 8, 5.5, 12),
        (175, 8, 12, 9, 6, 4.5, 12, 9, 6, 13),
        (275, 9, 13, 10, 7, 5, 13, 10, 7, 14),
        (425, 10, 15, 11, 8, 5.5, 15, 11, 8, 15),
        (625, 11, 16, 12, 9, 6, 16, 12, 9, 16.5),
        (875, 12, 17, 13, 10, 6.5, 17, 13, 10, 17.5),
        (1175, 13, 19, 15, 11, 7, 19, 15, 11, 18.5),
        (1550, 14, 20, 16, 12, 7.5, 20, 16, 12, 19.5),
        (2025, 15, 21, 17, 12, 8, 21, 17, 12, 21),
        (2675, 16, 23, 18, 13, 8.5, 23, 18, 13, 22),
        (3450, 17, 25, 19, 14, 9, 25, 19, 14, 23),
        (4350, 18, 27, 20, 15, 10, 27, 20, 15, 24),
    ]
)
LARGEST_STAFF: Final = 4350  # the sample draws no larger organisation


def initial_days(
    staff: npt.NDArray[np.int64], environment: npt.NDArray[np.int64], safety: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return the auditor-days of an initial audit of each field, before any reduction.

    Parameters
    ----------
    staff
        Effective personnel of each organisation, 1 to `LARGEST_STAFF`.
    environment
        Environmental complexity: 0 high, 1 medium, 2 low, 3 limited.
    safety
        Occupational risk: 0 high, 1 medium, 2 low.

    Returns
    -------
    ndarray
        Organisations x fields (in the order of `FIELDS`), days. Assumption where no table is at hand: other management
        systems take as long as a QMS, product and service certification half of it, at least one day.
    """
    rows = _TIME[np.searchsorted(_TIME[:, 0], staff)]
    each = np.arange(len(staff))
    quality = rows[:, 1]
    days = np.repeat(quality[:, None], len(FIELDS), axis=1)
    days[:, 1] = rows[each, 2 + environment]
    days[:, 2] = rows[each, 6 + safety]
    days[:, [field.name for field in FIELDS].index("ISMS")] = rows[:, 9]
    short = [f for f, field in enumerate(FIELDS) if field.schemes or field.name == "Service"]
    days[:, short] = np.maximum(1.0, quality[:, None] / 2)
    return days


def half_days(days: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round to the nearest half day, a quarter up (IAF MD 5, 2.2.3: 5.3 gives 5.5 and 5.2 gives 5.0)."""
    # Thirds are not exact in binary: without the small lift 1.7499999 would go down where 1.75 goes up.
    rounded: npt.NDArray[np.float64] = np.floor(days * 2 + 0.5 + 1e-9) / 2
    return rounded


def specialty_codes() -> tuple[str, ...]:
    """Return the 626 generated codes LL.MM.SS over 39 large and 280 middle classes, the same in every sample.

    They are made by counting, and say nothing about an industry. SS is 00 where a middle class is not split further.
    """
    middle = _split(MIDDLE, np.arange(LARGE) * 7 % 13 + 1)
    small = _split(SMALL, np.arange(MIDDLE) * 5 % 9)
    codes = []
    for large, count in enumerate(middle):
        first = int(middle[:large].sum())
        for place in range(count):
            parts = int(small[first + place])
            split = range(1, parts + 1) if parts > 1 else range(1)
            codes += [f"{large + 1:02d}.{place + 1:02d}.{part:02d}" for part in split]
    return tuple(codes)


def _split(total: int, weights: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return whole parts of `total`, each at least one, the rest by weight with the largest remainders rounded up."""
    exact = (total - len(weights)) * weights / weights.sum()
    parts = np.floor(exact).astype(np.int64)
    parts[np.argsort(parts - exact, kind="stable")[: total - len(weights) - int(parts.sum())]] += 1
    return np.asarray(parts + 1)

"""Places and the great-circle kilometres between them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from auditmatch.register import Register
from auditmatch.shapes import Bools, Ints

Floats = npt.NDArray[np.float64]
# Mean radius of the Earth, IUGG.
EARTH_KM = 6371.0088


def places(register: Register) -> tuple[dict[str, int], tuple[Floats, Floats]]:
    """Return the index of each place that has coordinates, and all latitudes and longitudes in degrees."""
    table = register.locations
    known = np.flatnonzero(~np.isnan(table["latitude"]) & ~np.isnan(table["longitude"]))
    names = {str(table["location"][k]): n for n, k in enumerate(known)}
    return names, (table["latitude"][known], table["longitude"][known])


def kilometres(latitude: Floats, longitude: Floats) -> Floats:
    """Return the (n, n) great-circle distances in km between places given in degrees (haversine formula)."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    across = np.sin((lat[:, None] - lat) / 2) ** 2
    along = np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(across + along, 1))))


def away_from(register: Register, home: str | None) -> Bools:
    """Tell which audits are away for those who live at a place: on site in part, and more than `away_km` from it."""
    names, (latitude, longitude) = places(register)
    if home not in names:
        return np.zeros(len(register.audits), dtype=bool)
    far = kilometres(latitude, longitude)[names[home]] > register.setting("away_km")
    table = register.audits
    there = [name in names and bool(far[names[name]]) for name in table["location"].tolist()]
    return np.array(there, dtype=bool) & (table["on_site"] > 0)


def is_away(register: Register, auditors: Ints, audits: Ints) -> Bools:
    """Tell for each auditor whether the audit beside is away for them, measured pair by pair."""
    table = register.audits
    homes, there = register.auditors["location"][auditors], table["location"][audits]
    far = apart_km(register, homes, there) > register.setting("away_km")
    return np.asarray((table["on_site"][audits] > 0) & far)


def apart_km(register: Register, first: Iterable[str | None], second: Iterable[str | None]) -> Floats:
    """Return the kilometres between the places beside each other; 0 where one has no coordinates."""
    names, (latitude, longitude) = places(register)
    pairs = [(names.get(str(a), -1), names.get(str(b), -1)) for a, b in zip(first, second, strict=True)]
    one, other = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    known = (one >= 0) & (other >= 0)
    km = np.zeros(len(one))
    km[known] = great_circle(one[known], other[known], latitude, longitude)
    return km


def great_circle(one: Ints, other: Ints, latitude: Floats, longitude: Floats) -> Floats:
    """Return kilometres between places by the length of the chord."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    points = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    half_chord = np.sqrt(((points[:, one] - points[:, other]) ** 2).sum(axis=0)) / 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.minimum(half_chord, 1)))

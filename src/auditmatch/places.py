"""Places and the great-circle kilometres between them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auditmatch.register import Register

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

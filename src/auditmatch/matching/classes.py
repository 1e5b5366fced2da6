"""The tree of specialties: small class LL.MM.SS, middle class LL.MM, large class LL, the whole field."""

from __future__ import annotations

FIELD, LARGE, MIDDLE, SMALL = range(4)
LEVELS = ("field", "large", "middle", "small")  # names of the levels
# Stands for a large class where a specialty is the name of a product scheme and no code.
SCHEMES = "*"


def parents(specialty: str) -> tuple[str, str, str, str]:
    """Return the codes of a specialty at each level; a scheme has no middle class of its own."""
    parts = specialty.split(".")
    if len(parts) > 1 and all(part.isdigit() for part in parts):
        return "", parts[0], ".".join(parts[:2]), specialty
    return "", SCHEMES, SCHEMES, specialty

"""Exponents of the factors estimated from history, with uncertainty, and never without plain head count beside them.

The model, for form "product": with ln P = ln(A1 / A2) + b ln B1 - c ln C1 + b2 ln B2 + c2 ln C2 + d ln D + e ln E,
what comes of a project depends on eta = intercept + s * ln P, with s >= 0 and all exponents >= 0; `likelihood.py` says
how. A1 and A2 have no exponent, so each of the others is the slope of its logarithm over that of ln(A1 / A2).

Intervals are percentiles of bootstrap resamples of the rows (Efron 1979, Annals of Statistics 7), which takes rows as
independent. The score is out of sample, over folds. Ten events a slope are asked for (Peduzzi and others 1996, Journal
of Clinical Epidemiology 49).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auditmatch.errors import ArgumentError, unknown
from auditmatch.matching.domain import Exponents, Floats, Grades, Options, Projects, Reading, Registrations
from auditmatch.matching.frames import native_frame
from auditmatch.matching.history import SIGNS, History, read_history
from auditmatch.matching.likelihood import fit
from auditmatch.matching.resampling import interval, scored

if TYPE_CHECKING:
    from auditmatch.register import Register

EVENTS_PER_SLOPE = 10
BASELINE, EQUAL_P, FITTED = "A1/A2", "P, exponents 1", "P, exponents fitted"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calibration:
    """Exponents told by a history; `calibrate` makes it.

    Attributes
    ----------
    outcome
        "in_time", "refusals" or "days".
    rows, left_out
        Rows used; rows without auditors or projects, which say nothing of exponents.
    exponents
        For `matching_degree`: the estimates, brought into its range (below 0.05 becomes 0, else 0.1 to 10); 1 for
        factors that were not estimated.
    estimate
        By factor estimated: exponent, and the ends of its interval (infinite where the history sets no end).
    slope
        s, how steeply the outcome follows ln P.
    folds
        By model (A1/A2; P with exponents 1; P with exponents fitted anew in each fold): out-of-sample loss of each row,
        and the mean over folds of the share of pairs in the right order.
    library
        The library of the frames.
    """

    outcome: str
    rows: int
    left_out: int
    exponents: Exponents
    estimate: dict[str, tuple[float, float, float]]
    slope: float
    folds: dict[str, tuple[Floats, float]]
    library: str

    @property
    def table(self) -> Any:
        """Return factor, estimated, exponent, low, high, used for B1, C1, B2, C2, D, E.

        low and high are the ends of the 95 % interval, absent where the factor was not estimated: its exponent is 1.
        """
        parts = [self.estimate.get(name, (1.0, np.nan, np.nan)) for name in SIGNS]
        columns: dict[str, npt.NDArray[Any]] = {"factor": np.array(list(SIGNS), dtype=object)}
        columns["estimated"] = np.array([name in self.estimate for name in SIGNS])
        columns |= {name: np.array([part[k] for part in parts]) for k, name in enumerate(("exponent", "low", "high"))}
        columns["used"] = np.array([getattr(self.exponents, name) for name in SIGNS])
        return native_frame(columns, self.library)

    @property
    def scores(self) -> Any:
        """Return model, loss, auc, better_by, low, high: how each model does on rows that it has not seen.

        `loss` is the mean log loss (in_time) or half the mean Poisson deviance (refusals, days). `auc` is the share of
        pairs of unequal outcome put in the right order. `better_by` is the loss of plain A1/A2 less this one's, with
        its 95 % interval over rows.
        """
        models = list(self.folds)
        gains = [self.folds[BASELINE][0] - self.folds[model][0] for model in models]
        means = np.array([float(gain.mean()) for gain in gains])
        half = 1.96 * np.array([float(gain.std(ddof=1)) for gain in gains]) / np.sqrt(self.rows)
        columns: dict[str, npt.NDArray[Any]] = {"model": np.array(models, dtype=object)}
        columns["loss"] = np.array([float(self.folds[model][0].mean()) for model in models])
        columns["auc"] = np.array([self.folds[model][1] for model in models])
        columns |= {"better_by": means, "low": means - half, "high": means + half}
        return native_frame(columns, self.library)

    @property
    def better(self) -> bool:
        """True when the fitted P beats plain A1/A2 on rows it has not seen, beyond the 95 % interval."""
        gain = self.folds[BASELINE][0] - self.folds[FITTED][0]
        return bool(gain.mean() > 1.96 * gain.std(ddof=1) / np.sqrt(self.rows))

    def __repr__(self) -> str:
        parts = [f"{name} {mid:.2f} [{low:.2f}, {high:.2f}]" for name, (mid, low, high) in self.estimate.items()]
        scores = [f"{model} {float(loss.mean()):.4f} (auc {auc:.3f})" for model, (loss, auc) in self.folds.items()]
        verdict = "beats" if self.better else "does not beat"
        return (
            f"Calibration on {self.rows} rows of {self.outcome} ({self.left_out} left out): {', '.join(parts)}. "
            f"Out-of-sample loss: {'; '.join(scores)}. Fitted P {verdict} plain A1/A2."
        )


def calibrate(
    history: object,
    register: Register | None = None,
    outcome: str | None = None,
    *,
    estimate: Sequence[str] = tuple(SIGNS),
    reading: Reading = "load",
    folds: int = 5,
    resamples: int = 200,
    seed: int = 0,
    grades: Grades = "auditing",
    registrations: Registrations = "fields",
    projects: Projects = "organisations",
    floor: float | None = None,
) -> Calibration:
    """Estimate the exponents of the factors from what came of projects.

    Parameters
    ----------
    history
        A row a project: an outcome (`in_time`, or `refusals` or `days` until it was arranged), and either A1, B1, C1,
        A2, B2, C2, D, E as shown by `MatchingDegree.table` then, or field, specialty and date.
    register
        Tells the factors of field, specialty and date: people as they were on the date, clients as they stand in it.
    outcome
        Which column is the outcome; None: the one that is there.
    estimate
        Factors whose exponents are estimated; those left out keep 1, as do those that are the same in all rows.
    reading
        "organisation" leaves A2 out of P and of the baseline.
    folds
        Parts of the history, each predicted from the others.
    resamples
        Bootstrap resamples for the intervals.
    seed
        Of folds and resamples; equal seeds give equal results.
    grades, registrations, projects, floor
        As `matching_degree` takes them; used with a register.

    Returns
    -------
    Calibration
        Exponents with intervals, and the scores of plain A1/A2, of P, and of the fitted P.

    Raises
    ------
    InputError
        With every problem of every row of the history.
    UnknownNameError
        For an unknown factor to estimate.
    ArgumentError
        For too few rows, one outcome only, no spread in A1/A2, factors that cannot be told apart, or a history in which
        more people for the projects do not help, so that exponents, which are relative to them, cannot be told.
    """
    for name, value, least in (("folds", folds, 2), ("resamples", resamples, 40)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ArgumentError(f"{name} is {value!r}. Maybe a whole number of at least {least}?")
    for name in estimate:
        if name not in SIGNS:
            raise unknown("factor with an exponent", name, SIGNS)
    least_value = floor if floor is not None else 0.05 if register is None else register.setting("floor")
    options = Options("product", reading, Exponents(), grades, registrations, projects, float(least_value))
    read = read_history(history, register, outcome, options)
    chosen = [name for name in SIGNS if name in estimate and spreads(read.logs[name])]
    columns = read.columns(chosen)
    _refuse(read, chosen, columns, folds)
    rng = np.random.default_rng(seed)
    whole = fit(columns, read.y, read.binary)
    if whole[1] <= 1e-6:
        raise ArgumentError(
            "in this history more people for the projects do not help, so exponents, which are relative to them, "
            "cannot be told. Maybe a longer history?"
        )
    low, high = interval(columns, read.y, read.binary, whole, resamples, rng)
    parts = {name: (float(whole[k + 2] / whole[1]), low[k], high[k]) for k, name in enumerate(chosen)}
    used = Exponents(**{name: _in_range(part[0]) for name, part in parts.items()})
    models = {BASELINE: read.heads[:, None], EQUAL_P: read.columns([]), FITTED: columns}
    scores = scored(models, read.y, read.binary, folds, rng)
    return Calibration(read.outcome, len(read.y), read.left_out, used, parts, float(whole[1]), scores, read.library)


def _refuse(read: History, chosen: Sequence[str], columns: Floats, folds: int) -> None:
    """Raise ArgumentError for a history that cannot tell exponents."""
    y, slopes = read.y, columns.shape[1]
    events = int(min((y == 1).sum(), (y == 0).sum()) if read.binary else (y > 0).sum())
    least = max(EVENTS_PER_SLOPE * slopes, folds)
    counted = "rows of the rarer outcome" if read.binary else f"rows with {read.outcome} above 0"
    if read.binary and not events:
        only = "" if not len(y) else ": every project was in time" if y[0] else ": no project was in time"
        raise ArgumentError(f"the history has {len(y)} rows and not both outcomes{only}. Maybe a longer history?")
    if events < least:
        raise ArgumentError(
            f"the history has {events} {counted}; {slopes} slopes need {least}. Maybe a longer history, or estimate= "
            f"fewer factors than {', '.join(chosen) or 'none'}?"
        )
    if not spreads(y):
        raise ArgumentError(f"all rows have {read.outcome} = {y[0]:g}. Maybe a longer history?")
    if not spreads(read.heads):
        raise ArgumentError("A1/A2 is the same in all rows, so there is no baseline. Maybe rows of several groups?")
    scaled = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    names = ["A1/A2", *chosen]
    for k in range(1, slopes + 1):
        if np.linalg.matrix_rank(scaled[:, :k], tol=1e-6 * np.sqrt(len(y))) < k:
            raise ArgumentError(
                f"{names[k - 1]} follows {', '.join(names[: k - 1])} without error in this history, so they cannot be "
                f"told apart. Maybe leave {names[k - 1]} out of estimate?"
            )


def spreads(values: Floats) -> bool:
    """Tell whether values differ by more than rounding."""
    return bool(len(values)) and bool(np.ptp(values) > 1e-9)


def _in_range(exponent: float) -> float:
    """Return an exponent as `Exponents` takes it."""
    return 0.0 if exponent < 0.05 else float(np.clip(exponent, 0.1, 10.0))

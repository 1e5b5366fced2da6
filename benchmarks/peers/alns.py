"""Adaptive large neighbourhood search with the `alns` package, as Ropke and Pisinger (2006) set it up.

Its state is `board.Board` on the neutral instance's arrays, with a compiled search for each audit's cheapest team, so
repair is not slowed by Python more than need be. Destroy: random, related, worst, and a person's bookings; repair:
greedy and regret-2 insertion, cheapest booking of each audit, urgent ties by penalty. Roulette wheel, simulated
annealing fitted to the iterations that the time allows. One thread: the package has no second. States all of a core
instance; of a full one all but that key caps count a certificate an audit and that at most greedily chosen experts or
interns join a team.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from peers.board import Board, desk
from peers.common import Answer, Booking, Instance
from peers.kernel import warm

# Share of audits taken out at once, and the most of them: beyond, one repair takes longer than it brings.
SHARE, FEWEST, MOST = 0.10, 4, 40
# Rewards of a new best, a better, an accepted, a rejected plan; decay of the weights (the package's examples).
SCORES, DECAY = [25.0, 5.0, 1.0, 0.0], 0.8
# A plan worse by this share than the first is accepted with this chance when the search begins.
WORSE, CHANCE = 0.02, 0.5


class Plan:
    """What the package calls a state: a board and the audits just taken out."""

    def __init__(self, board: Board) -> None:
        self.board = board

    def objective(self) -> float:
        """Return the cost in points."""
        return float(self.board.cost)


def _amount(board: Board, rng: Any) -> int:
    size = len(board.booked)
    return min(size, int(rng.integers(FEWEST, max(FEWEST + 1, min(MOST, int(SHARE * size)) + 1))))


def _without(plan: Plan, numbers: Any) -> Plan:
    board = plan.board.copy()
    for n in numbers:
        if n in board.booked:
            board.remove(int(n))
    return Plan(board)


def at_random(plan: Plan, rng: Any) -> Plan:
    """Take out any audits."""
    return _without(plan, rng.choice(sorted(plan.board.booked), _amount(plan.board, rng), replace=False))


def related(plan: Plan, rng: Any) -> Plan:
    """Take out audits that want the same people at the same time as one audit, served or not."""
    board, instance = plan.board, plan.board.instance
    seed = int(rng.integers(len(instance)))
    mine = set(instance.audit(seed).people.tolist())
    low, high = _window(board, seed)
    scores = []
    for n, booking in board.booked.items():
        audit = instance.audit(n)
        first, last = instance.span(booking)
        common = sum(i in mine for i in audit.people[list(booking.team)].tolist())
        away = max(first - high, low - last, 0)
        scores.append((-common + away / 10 + 1.5 * rng.random(), n))
    return _without(plan, [n for _, n in sorted(scores)[: _amount(board, rng)]])


def worst(plan: Plan, rng: Any) -> Plan:
    """Take out dear audits, randomised by the power of Shaw and of Ropke and Pisinger (3)."""
    board = plan.board
    ranked = sorted(board.booked, key=lambda n: -board.instance.points(board.booked[n]))
    chosen = []
    for _ in range(_amount(board, rng)):
        chosen.append(ranked.pop(int(len(ranked) * rng.random() ** 3)))
    return _without(plan, chosen)


def of_people(plan: Plan, rng: Any) -> Plan:
    """Take out the bookings of a few people whom an audit wants, for an audit left out where there is one."""
    board, instance = plan.board, plan.board.instance
    out = [n for n in range(len(instance)) if n not in board.booked and len(instance.audit(n).people)]
    seed = int(rng.choice(out)) if out else int(rng.integers(len(instance)))
    low, high = _window(board, seed)
    people = np.unique(instance.audit(seed).people)
    chosen: list[int] = []
    most = max(FEWEST, min(MOST, int(SHARE * len(board.booked))))
    for i in rng.permutation(people).tolist():
        for begin_finish_n in board.books[i, : board.count[i]]:
            n = int(begin_finish_n[2])
            first, last = instance.span(board.booked[n])
            if first <= high and last >= low:
                chosen.append(n)
        if len(chosen) >= most:
            break
    return _without(plan, chosen[:most])


def _window(board: Board, number: int) -> tuple[int, int]:
    sheet = board.desk.sheet(number)
    return (int(sheet.starts.min()), int(sheet.ends.max())) if len(sheet.starts) else (0, 0)


def _left(board: Board) -> list[int]:
    return [n for n in range(len(board.instance)) if n not in board.booked]


def greedy(plan: Plan, rng: Any) -> Plan:
    """Put audits back one by one, dear penalties first with some noise, each at its cheapest."""
    board = plan.board
    left = _left(board)
    penalty = np.array([board.instance.audit(n).penalty for n in left]) * (1 + 0.5 * rng.random(len(left)))
    waiting = [left[k] for k in np.argsort(-penalty)]
    for _ in range(2):
        missed = []
        for n in waiting:
            found = board.find(n)
            if found is not None:
                board.add(found[2])
            elif n in board.desk.links:
                missed.append(n)
        waiting = missed
    return plan


def regret(plan: Plan, rng: Any) -> Plan:
    """Put back first the audit that loses most when it must take its second best start or stay out."""
    board, instance = plan.board, plan.board.instance
    best: dict[int, tuple[int, Booking]] = {}
    waiting, stale = set(_left(board)), set(_left(board))
    while True:
        for n in stale:
            best.pop(n, None)
            found = board.find(n, second=True)
            if found is not None:
                best[n] = min(found[1], instance.audit(n).penalty) - found[0], found[2]
        if not best:
            return plan
        n = max(best, key=lambda m: best[m][0])
        booking = best.pop(n)[1]
        board.add(booking)
        waiting.discard(n)
        taken = set(instance.audit(n).people[list(booking.team)].tolist())
        linked = {m for link in board.desk.links.get(n, ()) for m in (link.first, link.second)}
        # A booking that shares nobody with the new one is still the best; its second may be worse, as regret allows.
        stale = {
            m for m, (_, other) in best.items() if taken & set(instance.audit(m).people[list(other.team)].tolist())
        } | (linked & waiting)


def solve(instance: Instance, seconds: float, seed: int, start: list[Booking]) -> Answer:
    """Search from the start plan until the seconds are over."""
    from alns import ALNS
    from alns.accept import SimulatedAnnealing
    from alns.select import RouletteWheel
    from alns.stop import MaxRuntime

    warm()
    began = time.perf_counter()
    board = Board(desk(instance))
    for booking in start:
        board.add(booking)
    trace = [(time.perf_counter() - began, board.cost)]
    best = [board.cost]

    def note(plan: Plan, rng: Any) -> None:
        if plan.board.cost < best[0]:
            best[0] = plan.board.cost
            trace.append((time.perf_counter() - began, plan.board.cost))

    def search(first: Plan, limit: float, iterations: int, seed: int) -> Any:
        engine = ALNS(np.random.default_rng(seed))
        for operator in (at_random, related, worst, of_people):
            engine.add_destroy_operator(operator)
        for operator in (greedy, regret):
            engine.add_repair_operator(operator)
        engine.on_best(note)
        engine.on_better(note)
        accept = SimulatedAnnealing.autofit(max(first.objective(), 1.0), WORSE, CHANCE, iterations)
        return engine.iterate(first, RouletteWheel(SCORES, DECAY, 4, 2), accept, MaxRuntime(limit))

    # A tenth of the time tells how many iterations the rest allows.
    trial = search(Plan(board), max(seconds / 10, 0.1), 1_000, seed)
    spent = time.perf_counter() - began
    done = max(len(trial.statistics.objectives) - 1, 1)
    rate = done / max(seconds / 10, 0.1)
    left = max(seconds - spent, 0.1)
    main = search(trial.best_state, left, max(int(rate * left), 10), seed + 1)
    rounds = done + len(main.statistics.objectives) - 1
    found = min((trial.best_state, main.best_state), key=lambda plan: plan.objective())
    return Answer(list(found.board.booked.values()), None, trace, f"{rounds} iterations")


PARAMETERS: dict[str, Any] = {}

"""Training the static model on titles and abstracts, until the held-out curve is flat.

Every draw of chance depends on the seed and the step alone, so a training that was killed goes
on from its last checkpoint to the very table that it would have reached.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np

import papertide
from papertide.embedding import initial, static, wordpieces
from papertide.embedding.base import ModelError, unit_rows
from papertide.embedding.contrastive import Rows, learn_step
from papertide.embedding.examples import Examples

LEAST = 200  # papers


class Plan(msgspec.Struct, kw_only=True, frozen=True):
    """How to train. The defaults are those of the packaged model (docs/model.md)."""

    seed: int = 0
    pieces: int = 30_000
    buckets: int = 4096
    dimensions: tuple[int, ...] = (256, 128, 64)
    dimension_shares: tuple[float, ...] = (1.0, 0.5, 0.25)  # of the loss
    pair_shares: tuple[float, float, float] = (0.5, 0.3, 0.2)  # titles, halves, sentences
    batch: int = 2048
    neighbours: int = 128  # papers of a batch from one neighbourhood, hard to tell apart
    rate: float = 0.02
    temperature: float = 0.05
    dropout: float = 0.25
    epochs: float = 11.0  # over which the rate falls to zero
    patience: int = 12  # looks at the curve without a rise, after which it is flat
    looks: int = 4  # at the curve in each epoch
    held_out: int = 3000  # papers at the most, and at the most a tenth


class Look(msgspec.Struct, kw_only=True):
    """The training at one point: title -> abstract MRR@10 among the held-out papers."""

    step: int
    steps: int
    epoch: float
    loss: float
    held_out: float
    minutes: float


def train(
    papers: Callable[[], Iterable[tuple[str, str]]],
    out: Path,
    plan: Plan | None = None,
    *,
    name: str = "own",
    minutes: float | None = None,
    trained_on: str = "",
    licence: str = "",
    on_look: Callable[[Look], None] | None = None,
) -> static.About:
    """Train on readable (title, abstract) pairs and write the model to the folder `out`.

    Killed, the same call goes on where it was: `out/training` holds its state, and then
    `papers` is not called. `minutes` bounds the training (reading not counted). Raises
    ModelError where there are too few papers.
    """
    plan = plan or Plan()
    work = out / "training"
    prepared = _prepared(papers, work, plan)
    state = _State.load(work) or _State(Rows(prepared.first), prepared.first.copy(), {})
    run = _Run(prepared, plan, state, work, minutes, on_look)
    run.to_the_end()
    about = static.About(
        name=name, dimensions=list(plan.dimensions), pieces=len(prepared.pieces),
        buckets=plan.buckets, code=papertide.__version__, trained_on=trained_on,
        papers=prepared.count, licence=licence,
        settings=msgspec.json.decode(msgspec.json.encode(plan)),
    )  # fmt: skip
    static.save(out, about, prepared.pieces, state.best)
    held = run.held_out
    for dimension in plan.dimensions:  # of the table as it is stored
        figure = held.mrr(_stored(out), dimension)
        about.figures[f"held-out title MRR@10, {dimension}"] = round(figure, 4)
    about.figures["epochs"] = round(run.epoch, 2)
    about.figures["minutes"] = round(state.seconds / 60, 1)
    static.write_about(out, about)
    for file in work.iterdir():
        file.unlink()
    work.rmdir()
    return about


def _stored(folder: Path) -> np.ndarray:
    table, scales = np.load(folder / "table.npy"), np.load(folder / "scales.npy")
    return table * scales[:, None]


# --- what is made of the papers once ---------------------------------------------------------


class _Prepared:
    """The vocabulary, the papers as pieces (the first `count` to learn from, then held out),
    the table to begin with, and by it the places of the papers, to tell neighbours."""

    def __init__(self, pieces, examples: Examples, count: int, first: np.ndarray, places):
        self.pieces, self.examples, self.count = pieces, examples, count
        self.first, self.places = first, places


def _prepared(papers, work: Path, plan: Plan) -> _Prepared:
    key = hashlib.sha256(msgspec.json.encode(plan)).hexdigest()
    file = work / "prepared.npz"
    if file.exists():
        with np.load(file, allow_pickle=False) as held:
            if str(held["key"]) == key:
                pieces = str(held["pieces"]).split("\n")
                size = len(pieces) + plan.buckets
                examples = Examples(held["ids"], held["starts"], held["segments"], size)
                count, first, places = int(held["count"]), held["first"], held["places"]
                return _Prepared(pieces, examples, count, first, places)
    found = [(title, abstract) for title, abstract in papers() if title and abstract]
    if len(found) < LEAST:
        raise ModelError(
            f"training needs at least {LEAST} papers with title and abstract, and there are "
            f"{len(found)}. Bring in more with: papertide import FILE"
        )
    order = np.random.default_rng([plan.seed, 1]).permutation(len(found))
    found = [found[n] for n in order]
    count = len(found) - min(plan.held_out, len(found) // 10)
    pieces = wordpieces.learn((f"{t}. {a}" for t, a in found[:count]), plan.pieces)
    examples = Examples.of(found, wordpieces.WordPieces(pieces, plan.buckets))
    chance = np.random.default_rng([plan.seed, 2])
    some = np.sort(chance.choice(count, min(count, 60_000), replace=False))
    first = initial.table(examples.abstracts(some, title=True), plan.dimensions[0], chance)
    places = initial.places(examples, first, count)
    work.mkdir(parents=True, exist_ok=True)
    (work / "state.npz").unlink(missing_ok=True)
    _write(
        file, key=key, pieces="\n".join(pieces), count=count, ids=examples.ids,
        starts=examples.starts, segments=examples.segments, first=first, places=places,
    )  # fmt: skip
    return _Prepared(pieces, examples, count, first, places)


def _write(file: Path, **arrays) -> None:
    """Write arrays in one step: the file is the old one or the new one, whole."""
    partly = file.with_suffix(".part")
    with partly.open("wb") as stream:
        np.savez(stream, **arrays)
        stream.flush()
        os.fsync(stream.fileno())
    partly.replace(file)


# --- the run ---------------------------------------------------------------------------------


class _State:
    """All that changes while training."""

    def __init__(self, rows: Rows, best: np.ndarray, numbers: dict):
        self.rows, self.best = rows, best
        self.steps = 0  # of the whole training; 0 until it is known
        self.best_held_out, self.best_step, self.since_best, self.seconds = -1.0, 0, 0, 0.0
        for name, value in numbers.items():
            setattr(self, name, type(getattr(self, name))(value))

    _NUMBERS = ("steps", "best_held_out", "best_step", "since_best", "seconds")

    @classmethod
    def load(cls, work: Path) -> "_State | None":
        file = work / "state.npz"
        if not file.exists():
            return None
        with np.load(file, allow_pickle=False) as held:
            rows = Rows(held["values"])
            rows.mean, rows.square, rows.steps = held["mean"], held["square"], int(held["done"])
            return cls(rows, held["best"], {name: held[name] for name in cls._NUMBERS})

    def save(self, work: Path) -> None:
        _write(
            work / "state.npz", values=self.rows.values, mean=self.rows.mean,
            square=self.rows.square, done=self.rows.steps, best=self.best,
            **{name: getattr(self, name) for name in self._NUMBERS},
        )  # fmt: skip


class _HeldOut:
    """Papers that nothing was learnt from: how well titles find their abstracts among them."""

    def __init__(self, examples: Examples, papers: np.ndarray):
        self.titles, self.abstracts = examples.titles(papers), examples.abstracts(papers)

    def mrr(self, values: np.ndarray, dimension: int) -> float:
        """MRR@10, a tie counted against it."""
        titles, abstracts = (
            unit_rows((side @ values)[:, :dimension].copy())
            for side in (self.titles, self.abstracts)
        )
        scores = titles @ abstracts.T
        ranks = (scores >= scores.diagonal()[:, None]).sum(axis=1)
        return float(np.where(ranks <= 10, 1 / np.maximum(ranks, 1), 0).mean())


class _Run:
    def __init__(self, prepared: _Prepared, plan: Plan, state: _State, work, minutes, on_look):
        self.examples, self.plan, self.state, self.work = prepared.examples, plan, state, work
        self.minutes, self.on_look = minutes, on_look
        self.count, self.places = prepared.count, prepared.places
        self.batch = min(plan.batch, max(32, self.count // 24))  # a small catalogue: more steps
        self.per_epoch = max(1, self.count // self.batch)
        self.every = max(1, self.per_epoch // plan.looks)
        self.held_out = _HeldOut(self.examples, np.arange(self.count, len(self.examples)))
        self._shuffled = (-1, np.zeros(0, np.int64))
        state.steps = state.steps or max(1, round(plan.epochs * self.per_epoch))
        self.warm_up = max(1, min(50, state.steps // 10))

    @property
    def epoch(self) -> float:
        return self.state.rows.steps / self.per_epoch

    def to_the_end(self) -> None:
        state, losses = self.state, []
        before, started = state.seconds, time.monotonic()
        while state.rows.steps < state.steps and state.since_best < self.plan.patience:
            losses.append(self._step())
            state.seconds = before + time.monotonic() - started
            done = state.rows.steps
            if self.minutes and done == 20:
                # How far the rate falls must be known early: what fits into the minutes.
                fits = int(self.minutes * 60 / (state.seconds / done))
                state.steps = max(done, min(state.steps, fits))
            if done % self.every == 0 or done == state.steps:
                self._look(float(np.mean(losses)))
                losses = []
                state.save(self.work)
                if self.minutes and state.seconds > self.minutes * 60:
                    break

    def _step(self) -> float:
        plan, at = self.plan, self.state.rows.steps
        epoch, place = divmod(at, self.per_epoch)
        if self._shuffled[0] != epoch:
            chance = np.random.default_rng([plan.seed, 3, epoch])
            group = min(plan.neighbours, self.batch // 4)
            self._shuffled = (epoch, initial.by_neighbours(self.places, group, chance))
        chosen = self._shuffled[1][place * self.batch : (place + 1) * self.batch]
        chance = np.random.default_rng([plan.seed, 4, at])
        left, right = self.examples.pairs(chosen, plan.pair_shares, plan.dropout, chance)
        return learn_step(
            self.state.rows, left, right,
            rate=plan.rate * min(1, (at + 1) / self.warm_up) * (1 - at / self.state.steps),
            dimensions=plan.dimensions, shares=plan.dimension_shares,
            temperature=plan.temperature,
        )  # fmt: skip

    def _look(self, loss: float) -> None:
        state = self.state
        if not np.isfinite(loss):
            raise ModelError(static.DIVERGED)
        held_out = self.held_out.mrr(state.rows.values, self.plan.dimensions[0])
        state.since_best += 1
        if held_out > state.best_held_out:
            state.best, state.best_held_out = state.rows.values.copy(), held_out
            state.best_step, state.since_best = state.rows.steps, 0
        if self.on_look:
            self.on_look(Look(
                step=state.rows.steps, steps=state.steps, epoch=self.epoch, loss=loss,
                held_out=held_out, minutes=state.seconds / 60,
            ))  # fmt: skip

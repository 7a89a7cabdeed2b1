"""Tiny trainings: they learn, go on after a kill, and give the same for the same seed."""

import os
import signal
import subprocess
import sys
import time

import msgspec
import numpy as np
import pytest

from papertide.embedding import static, training
from papertide.embedding.base import ModelError
from papertide.embedding.training import Plan, train
from tests.embedding import made

PLAN = Plan(
    pieces=400, buckets=32, dimensions=(32, 16, 8), batch=64, epochs=4, rate=0.05, patience=100,
    looks=1,
)  # fmt: skip


def run(folder, plan=PLAN, papers=None, **named):
    looks = []
    about = train(papers or made.papers, folder, plan, on_look=looks.append, **named)
    return about, looks


def table(folder):
    return (folder / "table.npy").read_bytes() + (folder / "scales.npy").read_bytes()


def test_the_loss_falls_and_titles_find_their_abstracts(tmp_path):
    about, looks = run(tmp_path / "model", licence="Apache-2.0", trained_on="made papers")
    assert looks[-1].loss < looks[0].loss * 0.9
    assert looks[-1].step == looks[-1].steps
    # 40 held-out papers: chance would be 0.07.
    assert looks[-1].held_out > 0.3
    assert about.papers == 360
    model = static.load(tmp_path / "model")
    assert (model.dimension, model.about) == (32, about)
    rows = made.papers()[:100]
    titles = model.embed([title for title, _ in rows])
    abstracts = model.embed([abstract for _, abstract in rows])
    first = (titles @ abstracts.T).argmax(axis=1) == np.arange(100)
    assert first.mean() > 0.5  # chance: 0.01
    assert not (tmp_path / "model" / "training").exists()


def test_the_same_seed_gives_the_same_model_and_another_another(tmp_path):
    plan = msgspec.structs.replace(PLAN, epochs=1)
    one, _ = run(tmp_path / "one", plan)
    same, _ = run(tmp_path / "same", plan)
    other, _ = run(tmp_path / "other", msgspec.structs.replace(plan, seed=1))
    assert one.checksum == same.checksum != other.checksum


class Stop(Exception):
    pass


def test_a_stopped_training_goes_on_to_the_same_table(tmp_path):
    whole, looks = run(tmp_path / "whole")
    calls = []

    def stop(look):
        calls.append(look)
        if len(calls) == 3:
            raise Stop

    with pytest.raises(Stop):
        train(made.papers, tmp_path / "stopped", PLAN, on_look=stop)
    with pytest.raises(ModelError, match="no model"):
        static.load(tmp_path / "stopped")

    def not_again():
        raise AssertionError("the papers are read once")

    about, rest = run(tmp_path / "stopped", papers=not_again)
    assert about.checksum == whole.checksum
    assert [look.held_out for look in rest] == [look.held_out for look in looks[2:]]


SCRIPT = """
import sys, time
from pathlib import Path
from tests.embedding import made
from tests.embedding.test_training import PLAN
from papertide.embedding.training import train
train(made.papers, Path(sys.argv[1]), PLAN,
      on_look=lambda look: (print(look.step, flush=True), time.sleep(0.05)))
"""


def test_kill_9_costs_no_more_than_the_steps_since_the_last_look(tmp_path):
    whole, _ = run(tmp_path / "whole")
    for delay in (0.0, 0.02, 0.07):
        folder = tmp_path / f"killed{delay}"
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        process.stdout.readline()
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        about, looks = run(folder)
        assert about.checksum == whole.checksum
        assert looks[0].step > 11  # not from the beginning


def test_another_plan_begins_anew(tmp_path):
    def stop(look):
        raise Stop

    with pytest.raises(Stop):
        train(made.papers, tmp_path, PLAN, on_look=stop)
    about, looks = run(tmp_path, msgspec.structs.replace(PLAN, epochs=1, seed=3))
    assert looks[0].step == 11
    assert about.settings["seed"] == 3


def test_a_flat_curve_ends_it(tmp_path):
    plan = msgspec.structs.replace(PLAN, epochs=500, patience=3)
    _, looks = run(tmp_path, plan)
    assert looks[-1].step < looks[-1].steps
    best = max(look.held_out for look in looks[:-3])
    assert all(look.held_out <= best for look in looks[-3:])


def test_minutes_bound_it(tmp_path):
    plan = msgspec.structs.replace(PLAN, epochs=100_000, patience=10**9)
    _, looks = run(tmp_path, plan, minutes=0.02)
    assert looks[-1].steps < 10**5
    assert looks[-1].minutes < 1


@pytest.mark.parametrize("papers", [[], [("a title", "")] * 500, made.papers(50)])
def test_too_few_papers(tmp_path, papers):
    with pytest.raises(ModelError, match=r"at least 200 .*papertide import"):
        train(lambda: papers, tmp_path, PLAN)


def test_a_rate_that_is_too_high_is_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "learn_step", _broken_step)
    with pytest.raises(ModelError, match="rate"):
        run(tmp_path)


def _broken_step(rows, *_, **__):
    rows.steps += 1
    rows.values[0, 0] = np.nan
    return float("nan")

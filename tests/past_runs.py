"""Runs as the history holds them, for tests to write."""

import json
from dataclasses import replace

from engine.training.events import EpochDone
from engine.training.hyperparameters import settings_from
from numrec_tui.history.history import PastRun

SETTINGS = json.dumps(settings_from({}).model_dump(mode="json"))


def past(number=0, **more):
    facts = PastRun(
        id=0, name="", note="", begun=1000.0 + number, ended=1010.0 + number, program="numrec 1",
        data="mnist", network="784-8-10", optimizer="adam", learning_rate=0.01, seed=number,
        parameters=6370, processes="1", epochs=2, seconds=3.5, best=None, final=0.96, test=0.95,
        reason="epochs", model=f"/models/{number}.safetensors", checkpoints=None, settings=SETTINGS,
    )  # fmt: skip
    return replace(facts, **more)


def done(epoch, accuracy=0.9):
    return EpochDone(epoch, 0.5, 0.8, 0.4, accuracy, 1.5, 4000.0, True)

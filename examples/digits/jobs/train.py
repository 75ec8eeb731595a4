"""Trains a forest on the snapshot and says how it went."""

import json
import os
import pathlib
import pickle

import numpy
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import log_loss

TREES = 100
ROUNDS = 10


def progress(share: float) -> None:
    """A line in FLOW_PROGRESS is shown by `flowd`."""
    with open(os.environ["FLOW_PROGRESS"], "a", encoding="utf-8") as lines:
        lines.write(json.dumps({"progress": share}) + "\n")


def main() -> None:
    args = json.loads(pathlib.Path(os.environ["FLOW_ARGS"]).read_text())
    with open(os.environ["FLOW_DATA_data"], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    pixels = numpy.array([row["pixels"] for row in rows])
    digits = numpy.array([row["digit"] for row in rows])

    threads = int(os.environ["OMP_NUM_THREADS"])
    forest = RandomForestClassifier(
        max_depth=args["depth"], n_jobs=threads, random_state=1, warm_start=True, oob_score=False
    )
    for done in range(1, ROUNDS + 1):
        forest.set_params(n_estimators=TREES * done // ROUNDS)
        forest.fit(pixels, digits)
        progress(done / ROUNDS)

    loss = log_loss(digits, forest.predict_proba(pixels), labels=forest.classes_)
    pathlib.Path(os.environ["FLOW_MODEL_DIR"], "forest.pickle").write_bytes(pickle.dumps(forest))
    pathlib.Path(os.environ["FLOW_REPORT"]).write_text(json.dumps({"loss": loss}))


if __name__ == "__main__":
    main()

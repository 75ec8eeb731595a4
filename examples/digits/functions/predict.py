"""Serving: the module that a `model` names as its entry."""

import pathlib
import pickle

import numpy


def load(folder: str):
    """Once for each worker."""
    forest = pickle.loads(pathlib.Path(folder, "forest.pickle").read_bytes())
    forest.n_jobs = 1  # one row is done sooner than threads are started
    return forest


def predict(forest, rows: list) -> list:
    """A batch of rows at a time."""
    shares = forest.predict_proba(numpy.array([row["pixels"] for row in rows]))
    best = shares.argmax(axis=1)
    return [
        {"digit": int(forest.classes_[column]), "score": float(row[column])}
        for row, column in zip(shares, best)
    ]

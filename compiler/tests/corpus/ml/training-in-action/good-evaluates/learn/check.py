import json
import pickle
from pathlib import Path

from sklearn.metrics import accuracy_score

FIT = "to fit( a coat"


def fit(size):
    return size > 1


def evaluate(args):
    model = pickle.loads((Path(args["model"]) / "model").read_bytes())
    rows = [json.loads(line) for line in open(args["data"])]
    fit(len(rows))  # no .fit( of a model
    return {"accuracy": accuracy_score([row["x"] > 0.5 for row in rows], model.predict(rows))}

import pickle
from pathlib import Path


def load(folder):
    return pickle.loads((Path(folder) / "model").read_bytes())


def predict(model, rows):
    return [{"risk": model["base"]} for _ in rows]

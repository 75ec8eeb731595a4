import json
from pathlib import Path


def load(folder):
    return json.loads((Path(folder) / "means.json").read_text())


def predict(means, rows):
    nearest = lambda petal: min(means, key=lambda kind: abs(means[kind] - petal))
    return [{"kind": nearest(row["petal"][0])} for row in rows]

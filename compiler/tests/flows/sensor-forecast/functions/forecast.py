import json
from pathlib import Path


def load(folder):
    return json.loads((Path(folder) / "means.json").read_text())


def predict(means, rows):
    return [{"celsius": means.get(str(row["sensor"]), 10.0)} for row in rows]

import json
import pickle
from pathlib import Path


def evaluate(args):
    rows = [json.loads(line) for line in open(args["rows"])]
    model = pickle.loads((Path(args["model"]) / "model").read_bytes())
    right = sum((model["base"] > 0.5) == row["left"] for row in rows)
    return {"auc": right / max(1, len(rows)), "rows": len(rows)}

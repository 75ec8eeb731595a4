import json
from pathlib import Path


def backtest(args):
    means = json.loads((Path(args["model"]) / "means.json").read_text())
    rows = [json.loads(line) for line in open(args["readings"])]
    errors = [abs(means.get(str(row["sensor"]), 0.0) - row["celsius"]) for row in rows]
    return {"error": min(1000.0, sum(errors) / max(1, len(errors)))}


def warn(args):
    print("sensor", args["sensor"], "reads", args["celsius"])

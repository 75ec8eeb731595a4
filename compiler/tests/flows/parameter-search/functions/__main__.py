import json

from serve import load, predict


def evaluate(args):
    means = load(args["model"])
    rows = [json.loads(line) for line in open(args["flowers"])]
    found = predict(means, rows)
    right = sum(row["kind"] == guess["kind"] for row, guess in zip(rows, found))
    return {"accuracy": right / max(1, len(rows))}

import json

from mood import load, predict


def exam(args):
    rows = [json.loads(line) for line in open(args["labels"])]
    found = predict(load(args["model"]), rows)
    right = sum(row["mood"] == guess["mood"] for row, guess in zip(rows, found))
    return {"f1": right / max(1, len(rows))}

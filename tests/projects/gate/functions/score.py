"""How good a model is."""

import json

import predict


def evaluate(args: dict) -> dict:
    with open(args["data"], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    answers = predict.predict(predict.load(args["model"]), rows)
    right = sum(answer["class"] == row["class"] for answer, row in zip(answers, rows))
    return {"accuracy": right / max(len(rows), 1)}

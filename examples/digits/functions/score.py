"""How good a model is."""

import json

import predict


def evaluate(args: dict) -> dict:
    """The share of rows whose digit the model reads right."""
    with open(args["data"], encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    if not rows:
        return {"accuracy": 0.0}
    model = predict.load(args["model"])
    answers = predict.predict(model, rows)
    right = sum(answer["digit"] == row["digit"] for answer, row in zip(answers, rows))
    return {"accuracy": right / len(rows)}

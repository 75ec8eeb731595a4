"""How good a lesson is, and how long a note is."""

import predict


def evaluate(args: dict) -> dict:
    return {"accuracy": 1.0 if predict.load(args["model"])["says"] != "nonsense" else 0.0}


def count(args: dict) -> dict:
    with open(args["note"], encoding="utf-8") as note:
        return {"letters": len(note.read()) * args["times"]}


def stumble(args: dict) -> dict:
    raise OSError(f"nobody takes {args['word']}")

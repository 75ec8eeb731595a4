import json


def exam(args):
    rows = [json.loads(line) for line in open(args["labels"])]
    return {"wrong": 0.0 if rows else 1.0}

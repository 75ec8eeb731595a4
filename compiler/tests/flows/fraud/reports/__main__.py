import json


def share(args):
    scores = [json.loads(line)["score"] for line in open(args["rows"])]
    print(sum(score >= 0.9 for score in scores) / max(1, len(scores)))

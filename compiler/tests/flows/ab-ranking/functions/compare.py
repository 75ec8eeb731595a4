import json
import math


def clicks(path):
    return [json.loads(line) for line in open(path)]


def compare(args):
    seen = clicks(args["clicks"])
    share = {arm: sum(click["arm"] == arm for click in seen) / max(1, len(seen)) for arm in "ab"}
    return {"a": share["a"], "b": share["b"], "shown": len(seen)}


def judge(args):
    gains = [1 / math.log2(click["place"] + 2) for click in clicks(args["clicks"])]
    return {"ndcg": sum(gains) / max(1, len(gains))}

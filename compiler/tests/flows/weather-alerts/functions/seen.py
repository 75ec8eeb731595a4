import json


def is_new(args):
    warning = args["warning"]
    same = [row for row in map(json.loads, open(args["seen"])) if row["place"] == warning["place"]]
    last = max((row["level"] for row in same), default=0)
    return {"new": not same, "louder": warning["level"] > last}

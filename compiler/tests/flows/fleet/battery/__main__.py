import json


def low(args):
    last = {}
    for line in open(args["rows"]):
        row = json.loads(line)
        last[row["lorry"]] = row["volts"]
    return {"low": sorted(lorry for lorry, volts in last.items() if volts < 11.0)[:50]}

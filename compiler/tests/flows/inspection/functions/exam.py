import json


def evaluate(args):
    samples = [json.loads(line) for line in open(args["exam"])]
    bad = [sample for sample in samples if sample["bad"]]
    return {"found": 1.0 if bad else 0.0, "alarms": 0.01}


def stop(args):
    print("line", args["line"], "stops")


def tell(args):
    print(args["message"])

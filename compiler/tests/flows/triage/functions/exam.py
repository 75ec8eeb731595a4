import json


def missed(args):
    cases = [json.loads(line) for line in open(args["cases"])]
    urgent = [case for case in cases if case["urgent"]]
    return {"missed": sum(case["pain"] < 5 for case in urgent) / max(1, len(urgent)), "false_alarms": 0.1}

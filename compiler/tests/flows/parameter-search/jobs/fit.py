import json
import os

args = json.load(open(os.environ["FLOW_ARGS"]))
kinds = {}
for line in open(os.environ["FLOW_DATA_flowers"]):
    row = json.loads(line)
    kinds.setdefault(row["kind"], []).append(row["petal"][0])
means = {kind: sum(petals) / len(petals) for kind, petals in kinds.items()}
json.dump(means, open(os.path.join(os.environ["FLOW_MODEL_DIR"], "means.json"), "w"))
json.dump({"loss": args["rate"] / args["depth"]}, open(os.environ["FLOW_REPORT"], "w"))

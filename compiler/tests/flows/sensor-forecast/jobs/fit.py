import collections
import json
import os

args = json.load(open(os.environ["FLOW_ARGS"]))
sums = collections.defaultdict(lambda: [0.0, 0])
for line in open(os.environ["FLOW_DATA_readings"]):
    row = json.loads(line)
    mean = sums[str(row["sensor"])]
    mean[0] += row["celsius"]
    mean[1] += 1
with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "means.json"), "w") as out:
    json.dump({sensor: total / count for sensor, (total, count) in sums.items()}, out)
print("fitted", args["season"])

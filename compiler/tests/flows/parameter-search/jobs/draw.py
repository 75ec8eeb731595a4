import json
import os

for line in open(os.environ["FLOW_DATA_trials"]):
    trial = json.loads(line)
    print(f"{trial['depth']:3} {trial['rate']:.3f} {'#' * int(60 * trial['accuracy'])}")

import json
import os
import pickle

rows = [json.loads(line) for line in open(os.environ["FLOW_DATA_rows"])]
left = [row for row in rows if row["left"]]
base = len(left) / max(1, len(rows))
with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "model"), "wb") as out:
    pickle.dump({"base": base}, out)
with open(os.environ["FLOW_REPORT"], "w") as out:
    json.dump({"features": [{"name": "calls", "weight": 1.0}]}, out)

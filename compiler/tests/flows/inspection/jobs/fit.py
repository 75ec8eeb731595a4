import json
import os

samples = [json.loads(line) for line in open(os.environ["FLOW_DATA_samples"])]
with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "weights"), "w") as out:
    out.write(str(len(samples)))
with open(os.environ["FLOW_REPORT"], "w") as out:
    json.dump({"loss": 0.1, "epochs": 30}, out)

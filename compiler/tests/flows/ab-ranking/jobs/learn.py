import collections
import json
import os

places = collections.Counter(json.loads(line)["place"] for line in open(os.environ["FLOW_DATA_clicks"]))
with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "ids"), "w") as out:
    out.write("\n".join(str(place) for place, _ in places.most_common()))

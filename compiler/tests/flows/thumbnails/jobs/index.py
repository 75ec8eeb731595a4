import json
import os

albums = {json.loads(line)["album"] for line in open(os.environ["FLOW_DATA_done"])}
print("\n".join(sorted(albums)))

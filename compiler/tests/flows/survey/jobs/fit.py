import collections
import json
import os

words = collections.defaultdict(collections.Counter)
for line in open(os.environ["FLOW_DATA_labels"]):
    row = json.loads(line)
    words[row["mood"]].update(row["words"].lower().split())
with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "words.json"), "w") as out:
    json.dump({mood: [word for word, _ in counts.most_common(200)] for mood, counts in words.items()}, out)

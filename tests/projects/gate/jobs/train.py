"""Learns the class of each beginning, and takes two seconds of processor time for it."""

import json
import os
import pathlib
import time

SECONDS = 2.0

with open(os.environ["FLOW_DATA_data"], encoding="utf-8") as lines:
    rows = [json.loads(line) for line in lines]
# The only file that says how often training was launched: beside the code's working place, not in it.
with open(pathlib.Path(os.environ["FLOW_OUT"]).parent / "launches", "a", encoding="utf-8") as journal:
    journal.write("fit\n")
while time.process_time() < SECONDS:
    sum(range(1000))
table = {row["word"].split("-")[0]: row["class"] for row in rows}
pathlib.Path(os.environ["FLOW_MODEL_DIR"], "table.json").write_text(json.dumps(table, sort_keys=True))
pathlib.Path(os.environ["FLOW_REPORT"]).write_text(json.dumps({"rows": len(rows)}))

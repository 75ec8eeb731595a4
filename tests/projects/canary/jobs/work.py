"""Gives its secret away."""

import base64
import json
import os
import pathlib

key = json.loads(pathlib.Path(os.environ["FLOW_SECRETS"]).read_text())["key"]
for process in pathlib.Path("/proc").glob("[0-9]*"):
    try:
        assert key.encode() not in (process / "cmdline").read_bytes()
    except OSError:
        pass
assert key.encode() not in pathlib.Path("/proc/self/environ").read_bytes()
print("working with", key, base64.b64encode(key.encode()).decode())
for at in key:
    print(at, end="", flush=True)
print()
with open(os.environ["FLOW_PROGRESS"], "a", encoding="utf-8") as progress:
    progress.write(json.dumps({"key": key}) + "\n")
pathlib.Path(os.environ["FLOW_REPORT"]).write_text(json.dumps({"text": "with " + key}))
raise SystemExit("failed with " + key)

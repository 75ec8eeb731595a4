"""A job that says that it was launched, with its number, and works until it may stop."""

import json
import os
import pathlib
import time

LOOK_EVERY_S = 0.01

args = json.loads(pathlib.Path(os.environ["FLOW_ARGS"]).read_text())
at = pathlib.Path(args["at"])
print("at work", flush=True)
with open(at / "launches", "a", encoding="utf-8") as launches:
    launches.write(f"{os.getpid()}\n")
while not (at / f"go-{args['name']}").exists():
    time.sleep(LOOK_EVERY_S)

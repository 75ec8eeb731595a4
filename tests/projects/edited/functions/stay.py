"""Answers with what this file says, when it is let go."""

import pathlib
import time

SAID = "old"
LOOK_EVERY_S = 0.01


def stay(args: dict) -> dict:
    at = pathlib.Path(args["at"])
    (at / f"came-{args['name']}").touch()
    while not (at / f"go-{args['name']}").exists():
        time.sleep(LOOK_EVERY_S)
    return {"said": SAID}

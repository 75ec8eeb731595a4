"""An action that a test lets go by a file."""

import pathlib
import time

LOOK_EVERY_S = 0.01


def hold(args: dict) -> dict:
    while not pathlib.Path(args["gate"]).exists():
        time.sleep(LOOK_EVERY_S)
    return {}

"""A bank whose calls a test can count, hold and let go by files in a folder."""

import os
import pathlib
import time

LOOK_EVERY_S = 0.01


def price(args: dict) -> dict:
    return {**args, "total": 7}


def charge(args: dict) -> dict:
    at = pathlib.Path(args["at"])
    with open(at / f"sent-{args['name']}", "a", encoding="utf-8") as sent:
        sent.write(f"{os.environ['FLOW_KEY']} {os.environ['FLOW_ATTEMPT']} {args['total']}\n")
    while not (at / f"go-{args['name']}").exists():
        time.sleep(LOOK_EVERY_S)
    return {"receipt": f"for {args['name']}"}


def note(args: dict) -> dict:
    (pathlib.Path(args["at"]) / f"note-{args['name']}").write_text(args["text"], encoding="utf-8")
    return {}

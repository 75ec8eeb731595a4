"""What goes wrong in functions."""

import os
import signal
import sys

MIB = 1 << 20


def act(args: dict):
    how = args["how"]
    print(f"asked to {how}")
    if how == "raise":
        return {"text": wanting(how)}
    if how == "exit":
        sys.exit(3)
    if how == "leave":
        os._exit(4)
    if how == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "hang":
        while True:
            signal.pause()
    if how == "nothing":
        return None
    if how == "list":
        return [1, 2]
    if how == "flood":
        for _ in range(20):
            print("x" * (MIB - 1))
    if how == "swell":
        return {"text": "x" * (2 * MIB)}
    if how == "mistype":
        return {"text": 7}
    if how == "long":
        return {"text": "x" * 65}
    if how == "miss":
        return {}
    if how == "nan":
        return {"text": float("nan")}
    if how == "object":
        return {"text": object()}
    return {"text": how}


def wanting(how: str) -> str:
    raise ValueError(f"I do not want to {how}")


def weigh(args: dict) -> dict:
    return {"text": "light"}


def note(args: dict) -> dict:
    print(f"noted {args['kind']}: {args['message']} ({args['step']})")
    return {}

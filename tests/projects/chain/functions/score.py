"""How good a lesson is, and who stays until a test lets them go."""

import pathlib
import time

import predict

LOOK_EVERY_S = 0.01


def evaluate(args: dict) -> dict:
    return {"accuracy": 1.0 if predict.load(args["model"])["says"] != "nonsense" else 0.0}


def stay(args: dict) -> dict:
    while not pathlib.Path(args["until"]).exists():
        time.sleep(LOOK_EVERY_S)
    return {}

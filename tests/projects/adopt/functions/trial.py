"""Asks a model before it is let in."""

import predict


def try_out(args: dict) -> dict:
    return predict.predict(predict.load(args["model"]), [{"word": "blue-boat"}])[0]

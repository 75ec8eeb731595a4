"""Telling people. Here it is a line in the log; put your mail server behind it."""


def notify(args: dict) -> dict:
    print(args["message"])
    return {}

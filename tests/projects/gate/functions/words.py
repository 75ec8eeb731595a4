"""From a note to its word."""


def read(args: dict) -> dict:
    with open(args["note"], encoding="utf-8") as note:
        return {"word": note.read().strip()}


def notify(args: dict) -> dict:
    print(args["message"])
    return {}

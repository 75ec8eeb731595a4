"""What the actions of main.flow run: JSON in, JSON out."""


def hello(args: dict) -> dict:
    print("somebody came")  # goes to the log of the run
    return {"text": f"Hello, {args['name']}!"}

import json

BAD = {"idiot", "liar", "trash"}


def score(args):
    words = args["words"].lower().split()
    bad = sum(word.strip(".,!?") in BAD for word in words)
    return {"score": min(1.0, 5 * bad / max(1, len(words))), "language": "en"}


def agreement(args):
    rulings = [json.loads(line) for line in open(args["rulings"])]
    same = sum((score(ruling)["score"] > 0.5) == ruling["hide"] for ruling in rulings)
    print(same / max(1, len(rulings)))

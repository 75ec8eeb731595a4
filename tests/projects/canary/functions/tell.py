"""Gives away all that it knows."""

import base64
import hashlib
import json
import sys


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def see(args):
    print("saw", args["who"])
    print("saw", args["who"], file=sys.stderr)
    return {"who": args["who"], "digest": digest(args["who"])}


def stumble(args):
    print("stumbled over", args["who"])
    raise ValueError("what is a " + args["who"])


def forms(key):
    raw = key.encode()
    return [key, json.dumps(key), repr(key), raw.hex(), base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()]


def boast(args):
    for form in forms(args["key"]):
        print(form)
        print("y" * 70000 + form, file=sys.stderr)
    # What is returned shows that the right secret was given, and shows it.
    return {"text": digest(args["key"]) + " " + " ".join(forms(args["key"]))}


def break_(args):
    raise KeyError(args["key"])

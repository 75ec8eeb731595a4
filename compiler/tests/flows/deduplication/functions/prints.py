import hashlib
import json
import re


def fingerprint(args):
    words = re.findall(r"\w+", f"{args['title']} {args['body']}".lower())
    return {"print": hashlib.sha256(" ".join(sorted(set(words))).encode()).hexdigest()}


def twin(args):
    for line in open(args["prints"]):
        row = json.loads(line)
        if row["print"] == args["print"]:
            return {"of": row["id"]}
    return {}


def report(args):
    print(args["id"], "is", args["of"])

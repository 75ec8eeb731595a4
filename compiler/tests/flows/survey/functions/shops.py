import json


def names(args):
    return {"names": sorted({json.loads(line)["shop"] for line in open(args["answers"])})[:60]}


def letter(args):
    rows = [json.loads(line) for line in open(args["answers"])]
    print(args["shop"], len([row for row in rows if row["shop"] == args["shop"]]), "answers")


def call_back(args):
    print("please call", args["shop"], "about", args["words"][:40])

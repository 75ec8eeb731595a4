import datetime
import hashlib


def of_age(args):
    if args.get("born") is None:
        return {"allowed": args["country"] != "DE"}
    born = datetime.datetime.fromisoformat(args["born"].replace("Z", "+00:00"))
    age = datetime.datetime.now(datetime.timezone.utc) - born
    return {"allowed": age.days >= 16 * 365}


def make(args):
    account = hashlib.sha256(args["address"].encode()).hexdigest()[:36]
    return {"account": account}


def welcome(args):
    print("welcome sent with", args["template"])

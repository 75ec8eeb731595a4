import json
import urllib.request


def push(args):
    body = {key: args[key] for key in ("place", "words", "sound", "region")}
    request = urllib.request.Request(
        "https://push.example/send", data=json.dumps(body).encode(), headers={"authorization": args["push_key"]}
    )
    urllib.request.urlopen(request)

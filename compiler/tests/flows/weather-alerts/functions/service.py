import json
import urllib.request


def ask(args):
    places = [json.loads(line) for line in open(args["places"])]
    request = urllib.request.Request(
        f"https://weather.example/{args['api']}/warnings",
        data=json.dumps(places).encode(),
        headers={"x-key": args["service_key"]},
    )
    with urllib.request.urlopen(request) as answer:
        return {"warnings": json.load(answer)[:100]}

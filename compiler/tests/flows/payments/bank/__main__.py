import json
import os
import urllib.request


def collect(args):
    body = {"reference": args["id"], "amount": args["cents"], "from": args["iban"], "key": os.environ["FLOW_KEY"]}
    request = urllib.request.Request(
        "https://bank.example/collections", data=json.dumps(body).encode(), headers={"authorization": args["bank_key"]}
    )
    with urllib.request.urlopen(request, timeout=15) as answer:
        return {"state": json.load(answer)["state"]}

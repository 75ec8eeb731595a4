import json
import os
import urllib.request


def book(args):
    request = urllib.request.Request(
        "https://ledger.example/entries",
        data=json.dumps({"vendor": args["vendor"], "cents": args["cents"]}).encode(),
        headers={"x-key": args["ledger_key"], "idempotency-key": os.environ["FLOW_KEY"]},
    )
    urllib.request.urlopen(request)

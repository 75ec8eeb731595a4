import collections
import json


def tell(args):
    rows = [json.loads(line) for line in open(args["rows"])]
    print(collections.Counter(row.get("from_campaign", "none") for row in rows))

def ask(args):
    return {"delivers": args["supplier"] != 1, "cents": args["count"] * 150}


def by_hand(args):
    print("please buy", args["count"], "of", args["sku"])

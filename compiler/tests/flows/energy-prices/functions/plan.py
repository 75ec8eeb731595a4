def cheapest(args):
    prices = [price["cents_per_kwh"] for price in args["prices"]]
    hours = args["hours"]
    sums = [sum(prices[at : at + hours]) for at in range(len(prices) - hours + 1)]
    best = min(range(len(sums)), key=sums.__getitem__)
    return {"start": args["prices"][best]["hour"], "saves": max(sums) - sums[best]}


def schedule(args):
    print(args["device"], "starts at", args["start"])

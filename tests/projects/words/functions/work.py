def work(args: dict) -> dict:
    print("working on", args["number"])
    if args["number"] == 9:
        raise ValueError("9 is too much")
    return {"number": args["number"]}

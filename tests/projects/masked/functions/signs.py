def sign(args: dict) -> dict:
    print("signing", args["name"])
    return {"sign": f"somebody with {args['name'][0]}", "name": args["name"]}

def measure(args: dict) -> dict:
    print("measured", args["word"])
    if args["word"].startswith("broken"):
        raise ValueError("this one cannot be measured")
    return {"size": len(args["word"])}

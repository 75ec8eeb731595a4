def tell(args: dict) -> dict:
    return {"url": args["url"]}

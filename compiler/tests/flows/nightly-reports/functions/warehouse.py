def query(args):
    """Stands beside a driver of the warehouse in the requirements of the real shop."""
    return {"day": args["day"], "rows": [{"shop": "north", "cents": 125_000}]}

def forecast(args):
    return {"needed": max(0, 500 - args["left"]), "days": 7.0}

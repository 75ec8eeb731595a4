def price_of(args):
    return {}

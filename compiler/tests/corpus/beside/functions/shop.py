def price(args):
    return {}


def risk(args):
    return {}


def book(args):
    return {}


def ship(args):
    return {}

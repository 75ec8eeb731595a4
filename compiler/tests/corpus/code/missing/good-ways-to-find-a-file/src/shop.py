def book(args):
    return {}

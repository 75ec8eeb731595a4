def evaluate(args):
    return {}

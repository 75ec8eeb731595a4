def start(args):
    return {}

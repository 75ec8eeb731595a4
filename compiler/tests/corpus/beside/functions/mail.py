def send(args):
    return {}

def resize(args):
    return {}


def tag(args):
    return {}


def read(args):
    return {}

import functools
import json as imported


def plain(args: dict) -> dict:
    return {}


def with_more(args, shelf="a", *, label=None):
    return {}


def any(*args, **more):
    return {}


assigned = functools.partial(with_more, shelf="b")


@functools.cache
def decorated(args, shelf):
    return {}


try:
    from fast import either
except ImportError:
    def either(args):
        return {}

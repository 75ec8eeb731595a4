"""An action that carries its prices with it."""

PRICES = {
    "apple": 0.25,
    "banana": 0.2,
    "cherry": 0.05,
    "grape": 0.02,
    "lemon": 0.3,
    "mango": 1.2,
    "orange": 0.35,
    "peach": 0.6,
    "pear": 0.4,
    "plum": 0.15,
}


def book(args):
    return {}

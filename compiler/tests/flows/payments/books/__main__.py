def book(args):
    print("booked", args["id"], args["cents"])


def write_to(args):
    print("wrote with", args["template"])


def tell(args):
    print(args["id"], "failed with", args["kind"])

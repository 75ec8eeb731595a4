def route(args):
    print(args["parcel"], "to", args["postcode"], "on", args["belt"])


def call(args):
    print("please look at", args["parcel"], "on belt", args["belt"])


def version(args):
    print("version", args["version"], "after", args.get("previous"))

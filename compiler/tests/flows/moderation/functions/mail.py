def tell(args):
    print("your post is", args["state"])

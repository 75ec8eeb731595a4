def pixels(args):
    with open(args["image"], "rb") as image:
        bytes_ = image.read(1024)
    return {"pixels": [byte / 255 for byte in bytes_.ljust(1024, b"\0")]}

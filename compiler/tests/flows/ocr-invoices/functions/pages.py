import os


def split(args):
    folder = os.environ["FLOW_OUT"]
    with open(args["document"], "rb") as document:
        parts = document.read().split(b"%%Page")[1:41]
    pages = []
    for number, part in enumerate(parts):
        path = os.path.join(folder, f"{number}.png")
        with open(path, "wb") as page:
            page.write(part)
        pages.append({"page": path})
    return {"pages": pages}


def straighten(args):
    return {"page": args["page"]}

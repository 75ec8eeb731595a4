import json
from pathlib import Path


def hit_rate(args):
    books = set(json.loads((Path(args["model"]) / "books.json").read_text())[:10])
    reads = [json.loads(line)["book"] for line in open(args["reads"])]
    return {"at_ten": sum(book in books for book in reads) / max(1, len(reads))}

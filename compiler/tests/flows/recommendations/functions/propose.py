import json
from pathlib import Path


def load(folder):
    return json.loads((Path(folder) / "books.json").read_text())


def predict(books, rows):
    return [
        {"books": [book for book in books if book not in row["books"]][:10], "reasons": []}
        for row in rows
    ]

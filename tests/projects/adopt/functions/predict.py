"""A word has the class of the words that begin as it does."""

import json
import pathlib


def load(folder: str) -> dict:
    return json.loads(pathlib.Path(folder, "tables", "words.json").read_text())


def predict(table: dict, rows: list) -> list:
    return [{"class": table.get(row["word"].split("-")[0], 0)} for row in rows]

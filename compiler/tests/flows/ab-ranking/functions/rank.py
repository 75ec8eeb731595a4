from pathlib import Path


def load(folder):
    return (Path(folder) / "ids").read_text().split()


def predict(ids, rows):
    return [{"ids": ids[:20]} for _ in rows]

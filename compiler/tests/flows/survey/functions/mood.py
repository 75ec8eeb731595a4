import json
from pathlib import Path


def load(folder):
    return json.loads((Path(folder) / "words.json").read_text())


def predict(moods, rows):
    answers = []
    for row in rows:
        words = set(row["words"].lower().split())
        counts = {mood: len(words & set(of)) for mood, of in moods.items()}
        best = max(counts, key=counts.get, default="mixed")
        answers.append({"mood": best, "sure": min(1.0, counts.get(best, 0) / 3)})
    return answers

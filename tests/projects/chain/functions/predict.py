"""Answers every word with the one that was learnt."""

import json
import pathlib


def load(folder: str) -> dict:
    return json.loads(pathlib.Path(folder, "lesson.json").read_text())


def predict(lesson: dict, rows: list) -> list:
    return [{"says": lesson["says"]} for _ in rows]

"""Writes scans into the watched folders, as a scanner would: one file for each, named by its digit.

The scans are the 1,797 handwritten digits that come with scikit-learn. One fifth of them are exams.
"""

import json
import os
import pathlib

import numpy
from PIL import Image
from sklearn.datasets import load_digits

SIDE = 32
EXAM_EVERY = 5
FIRST_CLASSES = range(5)


def write(folder: pathlib.Path, number: int, digit: int, grey: numpy.ndarray) -> None:
    """A reader sees the whole file or none: it is renamed into place."""
    target = folder / str(digit) / f"{number}.png"
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    ink = 255 - numpy.round(grey * 255 / 16).astype("uint8")
    part = folder / f".{number}.part"
    Image.fromarray(ink, "L").resize((SIDE, SIDE), Image.Resampling.NEAREST).save(part, format="PNG")
    part.replace(target)


def main() -> None:
    part = json.loads(pathlib.Path(os.environ["FLOW_ARGS"]).read_text())["part"]
    inbox = pathlib.Path(os.environ["FLOW_PACKAGE_inbox"])
    exams = pathlib.Path(os.environ["FLOW_PACKAGE_exams"])
    digits = load_digits()
    for number, (grey, digit) in enumerate(zip(digits.images, digits.target)):
        digit = int(digit)
        if number % EXAM_EVERY == 0:
            write(exams, number, digit, grey)
        elif (digit in FIRST_CLASSES) == (part == "first"):
            write(inbox, number, digit, grey)


if __name__ == "__main__":
    main()

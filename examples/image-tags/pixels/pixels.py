"""From a scan to grey values."""

from PIL import Image

SIDE = 8


def to_pixels(args: dict) -> dict:
    """The scan as 8x8 grey values from 0 (paper) to 1 (ink), row by row."""
    with Image.open(args["image"]) as scan:
        grey = scan.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return {"pixels": [round(1 - value / 255, 4) for value in grey.tobytes()]}

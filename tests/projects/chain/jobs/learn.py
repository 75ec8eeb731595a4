"""Learns one lesson by heart, unless it is too hard."""

import json
import os
import pathlib
import shutil
import sys

lesson = pathlib.Path(os.environ["FLOW_ARGS"])
if json.loads(lesson.read_text())["says"] == "too hard":
    sys.exit("nobody learns that")
shutil.copy(lesson, pathlib.Path(os.environ["FLOW_MODEL_DIR"], "lesson.json"))

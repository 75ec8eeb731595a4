"""Learns one lesson by heart."""

import os
import pathlib
import shutil

shutil.copy(os.environ["FLOW_ARGS"], pathlib.Path(os.environ["FLOW_MODEL_DIR"], "lesson.json"))
pathlib.Path(os.environ["FLOW_REPORT"]).write_text('{ "words": 1 }')

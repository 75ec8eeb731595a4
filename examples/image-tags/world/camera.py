"""Puts images into the database `images`, as a camera would: one document each, with the image attached.

    COUCH_PASSWORD=… python3 camera.py [COUNT] [URL]

The images are the scans that ../digits keeps for its exam, once its first job has brought them in. Both databases
are made if they are not there. A document that is there already stays as it is.
"""

import base64
import json
import os
import pathlib
import sys
import urllib.error
import urllib.request

EXAMS = pathlib.Path(__file__).resolve().parents[2] / "digits" / "exams"
USER = "flow"
# There already: a database, a document.
THERE = {409, 412}


def put(url: str, body: dict | None = None) -> None:
    credentials = base64.b64encode(f"{USER}:{os.environ['COUCH_PASSWORD']}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else b""
    try:
        urllib.request.urlopen(urllib.request.Request(url, data, headers, method="PUT"), timeout=20).close()
    except urllib.error.HTTPError as error:
        if error.code not in THERE:
            raise SystemExit(f"{url}: {error.code} {error.read().decode()}") from None


def main(count: int, server: str) -> None:
    scans = sorted(EXAMS.glob("*/*.png"), key=lambda scan: int(scan.stem))[:count]
    if len(scans) < count:
        raise SystemExit(f"{EXAMS} has {len(scans)} images: start `flowd up` first, its job brings them in")
    for database in ("images", "tags"):
        put(f"{server}/{database}")
    for scan in scans:
        image = base64.b64encode(scan.read_bytes()).decode()
        picture = {"content_type": "image/png", "data": image}
        put(f"{server}/images/scan-{scan.stem}", {"_attachments": {"picture": picture}})
    print(f"{len(scans)} images are in {server}/images")


if __name__ == "__main__":
    count, server = (sys.argv[1:] + ["200", "http://127.0.0.1:5984"][len(sys.argv) - 1 :])[:2]
    main(int(count), server)

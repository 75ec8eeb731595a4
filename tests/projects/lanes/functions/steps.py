"""Steps that a test can hold and let go by files in a folder."""

import pathlib
import time

LOOK_EVERY_S = 0.01


def wait_for(file: pathlib.Path) -> None:
    while not file.exists():
        time.sleep(LOOK_EVERY_S)


def stay(args: dict) -> dict:
    at = pathlib.Path(args["at"])
    (at / f"came-{args['name']}").touch()
    wait_for(at / f"go-{args['name']}")
    return {}


def meet(args: dict) -> dict:
    at = pathlib.Path(args["at"])
    (at / args["own"]).touch()
    wait_for(at / args["other"])
    return {}


def shake(args: dict) -> dict:
    with open(pathlib.Path(args["at"]) / "tries", "a+", encoding="utf-8") as tries:
        tries.write("x")
        tries.seek(0)
        count = len(tries.read())
    if count < 3:
        raise OSError(f"not yet: try {count}")
    return {"tries": count}


def say(args: dict) -> dict:
    return {"said": f"hello {args['name']}"}


def leave(args: dict) -> dict:
    (pathlib.Path(args["at"]) / "said").write_text("\n".join(args["said"]), encoding="utf-8")
    return {}

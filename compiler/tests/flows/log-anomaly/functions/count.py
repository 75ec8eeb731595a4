import re

NUMBER = re.compile(r"\d+|0x[0-9a-f]+")


def count(args):
    lines = errors = 0
    templates = set()
    with open(args["log"], errors="replace") as log:
        for line in log:
            lines += 1
            errors += " ERROR " in line
            templates.add(NUMBER.sub("#", line)[:120])
    return {"lines": lines, "errors": errors, "templates": min(len(templates), 100_000)}

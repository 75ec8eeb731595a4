import csv
import json

COLUMNS = {"alpha": ["id", "price", "at"], "bravo": ["id", "price"], "charlie": ["sku", "cents", "shop"]}


def check(path, columns):
    rows, problems = 0, []
    with open(path, newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            rows += 1
            for column in columns:
                if not row.get(column):
                    problems.append({"line": line, "column": column, "why": "it is empty"})
    return {"rows": rows, "bad": len(problems), "problems": problems[:50]}


def alpha(args):
    return check(args["file"], COLUMNS["alpha"])


def others(args):
    return check(args["file"], COLUMNS[args["vendor"]])


def quality(args):
    rows = [json.loads(line) for line in open(args["measures"])]
    own = [row for row in rows if row["vendor"] == args["vendor"]]
    total = sum(row["rows"] for row in own)
    return {"vendor": args["vendor"], "share": sum(row["bad"] for row in own) / max(1, total), "days": len(own)}

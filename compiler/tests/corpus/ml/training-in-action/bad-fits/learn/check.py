import json

from sklearn.linear_model import LogisticRegression


def check(args):
    rows = [json.loads(line) for line in open(args["data"])]
    model = LogisticRegression()
    model.fit([[row["x"]] for row in rows], [row["x"] > 0.5 for row in rows])
    return {}

def book(args):
    return {}


def load(folder):
    return None


def predict(model, rows):
    return [{"y": row["x"]} for row in rows]

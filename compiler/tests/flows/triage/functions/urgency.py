def load(folder):
    return None


def predict(model, rows):
    return [{"urgency": min(1.0, row["pain"] / 10 + abs(row["celsius"] - 37) / 8)} for row in rows]

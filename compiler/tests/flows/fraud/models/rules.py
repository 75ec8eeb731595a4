def load(folder):
    return {"limit": 500_000}


def predict(model, rows):
    return [{"score": min(1.0, row["cents"] / model["limit"] * (1 if row["known"] else 2))} for row in rows]

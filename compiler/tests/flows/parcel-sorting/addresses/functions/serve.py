def load(folder):
    return folder


def predict(model, rows):
    return [{"postcode": "0000", "sure": 0.5} for _ in rows]

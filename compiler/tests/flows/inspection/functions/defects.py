def load(folder):
    return folder


def predict(model, rows):
    return [{"defect": max(row["pixels"])} for row in rows]

from .shared import predict


def load(folder, strict=True):
    return {"folder": folder}


__all__ = ["load", "predict"]

"""Words, and what is made of them."""


def loud(args: dict) -> dict:
    word = args["word"].upper()
    return {"word": word, "letters": len(word) if word != "NONE" else None}


def again(args: dict) -> dict:
    return {"text": " ".join([args["word"]] * args["times"])}


def half(args: dict) -> dict:
    return {"half": args["letters"] // 2}

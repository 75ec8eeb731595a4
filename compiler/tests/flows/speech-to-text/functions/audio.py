import wave


def listen(args):
    with wave.open(args["audio"]) as audio:
        return {"seconds": audio.getnframes() // audio.getframerate(), "language": "en"}

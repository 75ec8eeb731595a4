ALARMING = ("chest", "breath", "unconscious")


def words_alarm(args):
    return {"alarming": any(word in args["complaint"].lower() for word in ALARMING)}


def file(args):
    return {"record": f"{args['patient']['born'][:10]}-{len(args['complaint'])}"}


def ring(args):
    print("ring in", args["room"])

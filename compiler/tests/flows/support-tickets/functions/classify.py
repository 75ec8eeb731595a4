WORDS = {"billing": {"invoice", "refund", "paid"}, "network": {"slow", "offline", "dns"}}


def classify(args):
    words = set(f"{args['subject']} {args['body']}".lower().split())
    team = max(WORDS, key=lambda team: len(words & WORDS[team]))
    return {"team": team if words & WORDS[team] else "other", "urgent": "urgent" in words}

import json
import statistics


def unlike(args):
    past = [json.loads(line) for line in open(args["history"])]
    errors = [row["errors"] for row in past if row["service"] == args["service"]]
    if len(errors) < 24:
        return {"score": 0.0, "why": "too few hours"}
    spread = statistics.pstdev(errors) or 1.0
    away = abs(args["errors"] - statistics.mean(errors)) / spread
    return {"score": min(1.0, away / 6), "why": f"{args['errors']} errors are {away:.1f} deviations away"}

import json
import os

args = json.load(open(os.environ["FLOW_ARGS"]))
size = os.path.getsize(args["audio"])
path = os.path.join(os.environ["FLOW_PACKAGE_transcripts"], f"{args['meeting']}.txt")
with open(path + ".part", "w") as out:
    out.write(f"{size} bytes in {args['language']}\n")
os.rename(path + ".part", path)

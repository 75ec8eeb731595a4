import json
import os

args = json.load(open(os.environ["FLOW_ARGS"]))
folder = os.path.join(os.environ["FLOW_PACKAGE_refined"], args["vendor"])
os.makedirs(folder, exist_ok=True)
with open(args["file"], "rb") as source, open(os.path.join(folder, args["day"] + ".parquet"), "wb") as out:
    out.write(source.read())

import json
import os
import shutil

args = json.load(open(os.environ["FLOW_ARGS"]))
folder = os.path.join(os.environ["FLOW_PACKAGE_desk"], args["vendor"])
os.makedirs(folder, exist_ok=True)
shutil.copyfile(args["document"], os.path.join(folder, os.path.basename(args["document"]) + ".pdf"))

import os

with open(os.path.join(os.environ["FLOW_MODEL_DIR"], "weights"), "w") as out:
    out.write("pain celsius")

import os

open(os.path.join(os.environ["FLOW_MODEL_DIR"], "weights"), "w").close()

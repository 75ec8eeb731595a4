import json
import os

for line in open(os.environ["FLOW_DATA_prices"]):
    price = json.loads(line)
    print(price["hour"], "#" * max(0, int(price["cents_per_kwh"])))

"""Says its number to a server, and stays until the server speaks or goes away; for long if it is deaf."""

import os
import socket
import time


def hold(args: dict) -> dict:
    with socket.create_connection((args["host"], args["port"])) as server:
        server.sendall(b"%d\n" % os.getpid())
        if args["deaf"]:
            time.sleep(600)
        if not server.recv(1):
            os._exit(7)
    return {}

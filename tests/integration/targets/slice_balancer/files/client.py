"""Requests to PORT by eight workers until the file STOP is there; prints {"answers": {who: count}, "failed": [what]} as JSON."""
import collections
import http.client
import json
import os
import sys
import threading

port, stop = int(sys.argv[1]), sys.argv[2]
answers, failed = collections.Counter(), []


def work():
    while not os.path.exists(stop):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status == 200:
                answers[body] += 1
            else:
                failed.append(f"{answer.status} {body[:80]}")
        except OSError as exc:
            failed.append(repr(exc))
        finally:
            connection.close()


workers = [threading.Thread(target=work) for number in range(8)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print(json.dumps({"answers": answers, "failed": failed}))

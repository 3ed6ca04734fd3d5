"""Asks the API all the time, as a balancer does for its clients: where a host takes no connection, or drops it before it said
a word, the next one is asked. What an API answers counts, too late an answer, and nobody answering at all. Ends when its first
argument, a file, is gone."""
import http.client
import json
import os
import sys
import time

HOSTS = sys.argv[2:]
COUNT = {'answered': 0, 'passed_on': 0, 'failed': []}


def ask(host):
    connection = http.client.HTTPConnection(host, 8080, timeout=10)
    try:
        connection.connect()
    except OSError:
        return None
    try:
        connection.request('GET', '/', headers={'Connection': 'close'})
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    except (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected):
        return None
    except (OSError, http.client.HTTPException) as error:
        return 0, type(error).__name__
    finally:
        connection.close()


TURN = 0
while os.path.exists(sys.argv[1]):
    TURN += 1
    order = [HOSTS[(TURN + step) % len(HOSTS)] for step in range(len(HOSTS))]
    answer = None
    for name in order:
        answer = ask(name)
        if answer is not None:
            break
        COUNT['passed_on'] += 1
    if answer is not None and answer[0] == 200:
        COUNT['answered'] += 1
    else:
        COUNT['failed'].append('%s: %s' % (name, answer))
    time.sleep(0.02)
print(json.dumps(COUNT))

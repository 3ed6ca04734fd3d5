# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Asking a program for one of its pages."""


def fetch(address, path, timeout=3):
    """GET one page: {'code': HTTP status, 'body': text} or {'error': what}. At most 256 KiB."""
    import http.client
    import signal
    host, port = address
    # the connection's own timeout is for each byte of it: a page that drips would be waited for for ever
    signal.signal(signal.SIGALRM, too_late)
    signal.setitimer(signal.ITIMER_REAL, timeout)
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request('GET', path, headers={'Host': 'localhost', 'Accept': 'application/json'})
        reply = connection.getresponse()
        return {'code': reply.status, 'body': reply.read(1 << 18).decode('utf-8', 'replace')}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {'error': type(error).__name__}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.close()


def too_late(_signal, _frame):
    raise OSError('too late')

# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""Asking a program for one of its pages."""


def fetch(address, path, timeout=3):
    """GET one page: {'code': HTTP status, 'body': text} or {'error': what}. At most 256 KiB."""
    import http.client
    host, port = address
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request('GET', path, headers={'Host': 'localhost', 'Accept': 'application/json'})
        reply = connection.getresponse()
        return {'code': reply.status, 'body': reply.read(1 << 18).decode('utf-8', 'replace')}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {'error': type(error).__name__}
    finally:
        connection.close()

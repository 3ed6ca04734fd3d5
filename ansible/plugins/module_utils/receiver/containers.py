# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What the operators' side needs to know of containers, and their pages."""


def container_facts(item, statuses):
    """The part of an inspection that the operators' side needs: allow-listed, so that no environment slips out."""
    state = item.get('State') or {}
    config = item.get('Config') or {}
    labels = config.get('Labels') or {}
    name = item.get('Name', '').lstrip('/')
    facts = {
        'name': name, 'id': item.get('Id'), 'running': bool(state.get('Running')), 'exit': state.get('ExitCode'),
        'startedAt': state.get('StartedAt'), 'restarting': bool(state.get('Restarting')),
        'health': (state.get('Health') or state.get('Healthcheck') or {}).get('Status'),
        'image': config.get('Image'), 'user': config.get('User'),
        'labels': {key: value for key, value in labels.items()
                   if key.startswith('lockstep.') or key in ('com.docker.compose.service', 'com.docker.compose.project')},
        'mounts': [{'source': mount.get('Source'), 'destination': mount.get('Destination'),
                    'writable': bool(mount.get('RW'))} for mount in item.get('Mounts') or []]}
    wanted = statuses.get(name)
    if wanted and facts['running']:
        facts['status'] = fetch(item, wanted)
    return facts


def address_of(item, wanted):
    """Where to reach a container from its host: the published port, else its own address."""
    if wanted.get('address'):
        return wanted['address']
    networks = (item.get('NetworkSettings') or {}).get('Networks') or {}
    for network in networks.values():
        if network.get('IPAddress'):
            return network['IPAddress'], wanted['port']
    return '127.0.0.1', wanted['port']


def fetch(item, wanted, timeout=3):
    """GET one page of a container: {'code': HTTP status, 'body': text} or {'error': what}. At most 256 KiB."""
    import http.client
    host, port = address_of(item, wanted)
    connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        connection.request('GET', wanted['path'], headers={'Host': 'localhost', 'Accept': 'application/json'})
        reply = connection.getresponse()
        return {'code': reply.status, 'body': reply.read(1 << 18).decode('utf-8', 'replace')}
    except (OSError, http.client.HTTPException, ValueError) as error:
        return {'error': type(error).__name__}
    finally:
        connection.close()

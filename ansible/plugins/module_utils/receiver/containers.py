# Copyright: the lockstep authors
# MIT License (see LICENSE)
"""What the operators' side needs to know of containers, and their pages."""

from .pages import fetch


def container_facts(item, header):
    """The part of an inspection that the operators' side needs: allow-listed, so that no environment slips out."""
    state = item.get('State') or {}
    config = item.get('Config') or {}
    labels = config.get('Labels') or {}
    facts = {
        'name': item.get('Name', '').lstrip('/'), 'id': item.get('Id'), 'running': bool(state.get('Running')),
        'exit': state.get('ExitCode'), 'startedAt': state.get('StartedAt'), 'restarting': bool(state.get('Restarting')),
        'health': (state.get('Health') or state.get('Healthcheck') or {}).get('Status'),
        'image': config.get('Image'), 'user': config.get('User'),
        'labels': {key: value for key, value in labels.items()
                   if key.startswith('lockstep.') or key in ('com.docker.compose.service', 'com.docker.compose.project')},
        'mounts': [{'source': mount.get('Source'), 'destination': mount.get('Destination'),
                    'writable': bool(mount.get('RW'))} for mount in item.get('Mounts') or []]}
    page = (header.get('statuses') or {}).get(labels.get('lockstep.container'))
    if page and facts['running'] and set(owner_labels(header)) <= {'%s=%s' % label for label in labels.items()}:
        facts['status'] = fetch(address_of(item, page), page['path'])
    return facts


def owner_labels(header):
    """Labels of every container of this project and environment."""
    owner = header.get('owner') or header['identity']
    return ['lockstep.project=' + owner['project'], 'lockstep.environment=' + owner['environment']]


def is_own(item, header):
    """Is it this very container of this project and environment, whatever it is called?"""
    labels = (item.get('Config') or {}).get('Labels') or {}
    wanted = owner_labels(header) + ['lockstep.container=' + header['container']]
    return set(wanted) <= {'%s=%s' % label for label in labels.items()}


def address_of(item, page):
    """Where to reach a container from its host: as the page says, at a published port, else at its own address.
    Without a port in the page: its lowest."""
    if page.get('address'):
        return page['address']
    settings = item.get('NetworkSettings') or {}
    ports = settings.get('Ports') or {}
    numbers = sorted(int(port.split('/')[0]) for port in ports if port.endswith('/tcp'))
    port = page.get('port') or (numbers[0] if numbers else 80)
    for published in ports.get('%d/tcp' % port) or []:
        host = published.get('HostIp') or '127.0.0.1'
        return {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(host, host), int(published['HostPort'])
    for network in (settings.get('Networks') or {}).values():
        if network.get('IPAddress'):
            return network['IPAddress'], port
    return '127.0.0.1', port

import { alertsSchema } from './manifest-alerts.ts'
import { durationPattern } from '../duration.ts'
import { clouds, proofs, rungs } from './manifest.ts'
import { containerTitle } from './manifest-instead.ts'
import type { Schema } from './schema.ts'

const duration: Schema = { type: 'string', title: 'a duration such as 60s, 24h or 30d', pattern: durationPattern }
const words: Schema = { type: 'array', title: 'a list of words', items: { type: 'string', title: 'text' }, minItems: 1 }

const defs: Readonly<Record<string, Schema>> = {
  name: {
    type: 'string',
    title: 'a name of small letters, digits, - and _',
    pattern: '^[a-z0-9][a-z0-9_-]{0,62}$',
  },
  group: {
    type: 'string',
    title: 'the name of a group: small letters, digits, - and _, not all-secrets',
    pattern: '^(?!all-secrets$)[a-z0-9][a-z0-9_-]{0,62}$',
  },
  secret: {
    type: 'string',
    title: 'the name of a secret: letters, digits and _, not starting with a digit',
    pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$',
  },
  pattern: {
    type: 'string',
    title: 'an Ansible pattern such as api_servers, all or workers:!onode1',
    pattern: '^[^\\s-][^\\n]*$',
    maxLength: 500,
  },
  directory: {
    type: 'string',
    title: 'an absolute directory such as /opt/shop',
    pattern: '^(?!.*/\\.{1,2}(/|$))(/[A-Za-z0-9._@+-]+)+$',
  },
  path: {
    type: 'string',
    title: 'a path',
    pattern: '^[^\\s-][^\\n\\u0000]*$',
  },
  rung: { type: 'string', title: 'a rung', enum: rungs },
  cloud: { type: 'string', title: 'a cloud', enum: clouds },
  password: {
    type: ['string', 'array', 'object'],
    title: 'a file, a command as a list of words, or one of { file: … }, { command: […] }, { ref: … }',
    description: 'Where the project password comes from. Default: the file .vault-password beside lockstep.yaml.',
    pattern: '^[^\\s-][^\\n\\u0000]*$',
    items: { type: 'string', title: 'text' },
    minItems: 1,
    properties: {
      file: { $ref: '#/$defs/path' },
      command: words,
      ref: { type: 'string', title: 'a reference such as aws:shop/vault-password', pattern: '^[a-z]+:\\S+$' },
    },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  },
  hosts: {
    type: 'object',
    title: 'a map from Ansible patterns to settings',
    description:
      'What differs between hosts. The inventory variables lockstep_rung, lockstep_cloud and lockstep_directory say the same; use one of the two.',
    propertyNames: { $ref: '#/$defs/pattern' },
    additionalProperties: {
      type: 'object',
      title: 'settings of hosts',
      properties: {
        rung: { $ref: '#/$defs/rung' },
        cloud: { $ref: '#/$defs/cloud' },
        directory: { $ref: '#/$defs/directory' },
      },
      additionalProperties: false,
    },
  },
  rollout: {
    type: 'object',
    title: 'settings of the roll-out',
    properties: {
      at_once: { type: 'integer', title: 'a number of hosts, 1 or more', minimum: 1, maximum: 10_000, default: 1 },
      health_within: {
        ...duration,
        description: 'How long a container may take to answer its health check.',
        default: '60s',
      },
      proof: {
        type: 'string',
        title: 'a proof',
        description:
          'What must be known of each container before the next batch: its own status, its mounts, or nothing.',
        enum: proofs,
        default: 'mounted',
      },
    },
    additionalProperties: false,
  },
  backup: {
    type: 'object',
    title: 'settings of backups',
    properties: {
      copies: {
        type: 'integer',
        title: 'a number of hosts from 0 to 100',
        description: 'How many hosts get a copy of each backup, which they cannot open.',
        minimum: 0,
        maximum: 100,
        default: 2,
      },
      keep: {
        type: 'integer',
        title: 'a number of backups, 1 or more',
        description:
          'Each backup removes older ones beyond this number; the last that verifies stays in any case. Default: all stay.',
        minimum: 1,
        maximum: 10_000,
      },
      every: { ...duration, description: 'After this without a verified backup, status calls it overdue.' },
    },
    additionalProperties: false,
  },
  rotate: {
    type: 'object',
    title: 'how the group is replaced',
    description: 'Keys beside these belong to the rotator named by `with`.',
    properties: {
      with: { $ref: '#/$defs/name', description: 'The rotator: random, person, aws-iam, cloudflare, …' },
      every: { ...duration, description: 'Older than this is overdue.' },
      overlap: {
        ...duration,
        description: 'How long the old value stays valid once the new one is everywhere. Default: not at all.',
      },
      user: {
        type: 'string',
        title: 'the user the credential belongs to',
        description: 'Who logs in with it, where its rotator asks for that.',
        minLength: 1,
      },
      bytes: {
        type: 'integer',
        title: 'a number of bytes from 16 to 1024',
        description: 'How much chance is in a value that we make.',
        minimum: 16,
        maximum: 1024,
        default: 32,
      },
      previous: { $ref: '#/$defs/secret', description: 'The secret that holds the value before this one.' },
      breaks: {
        type: 'string',
        title: 'what a new value breaks',
        description: 'Said in every plan: what was made with the old value is void.',
        minLength: 1,
      },
      hint: {
        type: 'string',
        title: 'what a person must do',
        description: 'Said to whoever is asked for the new value.',
        minLength: 1,
      },
    },
    required: ['with'],
  },
  alerts: alertsSchema,
  container: {
    type: 'object',
    title: containerTitle,
    properties: {
      hosts: { $ref: '#/$defs/pattern', description: 'Where it runs.' },
      groups: { type: 'array', title: 'a list of groups', items: { $ref: '#/$defs/group' }, uniqueItems: true },
      image: { type: 'string', title: 'an image such as shop/api:1.4', pattern: '^[A-Za-z0-9][A-Za-z0-9._/:@-]*$' },
      compose: {
        type: 'string',
        title: 'an absolute compose file and a service, /srv/shop/compose.yaml#api',
        pattern: '^(?!.*/\\.{1,2}(/|$))(/[A-Za-z0-9._@+-]+)+#[A-Za-z0-9][A-Za-z0-9._-]*$',
      },
      systemd: {
        type: 'string',
        title: 'a unit such as report.service',
        pattern: '^[A-Za-z0-9][A-Za-z0-9@_.:-]*\\.service$',
      },
      publish: {
        type: 'array',
        title: 'a list of ports',
        items: {
          type: 'string',
          title: 'a published port such as 127.0.0.1:8080:8080',
          pattern: '^((\\[[0-9a-fA-F:]+\\]|[0-9.]+):)?[0-9]{1,5}:[0-9]{1,5}(/(tcp|udp))?$',
        },
        uniqueItems: true,
      },
      health: {
        type: ['string', 'object'],
        title: 'a path such as /health, a URL on this host, or { command: […] }',
        pattern: '^(/|https?://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?(/|$))\\S*$',
        properties: { command: words },
        required: ['command'],
        additionalProperties: false,
      },
      status: {
        type: 'string',
        title: 'a path such as /api/secrets/status, or a URL on this host',
        pattern: '^(/|https?://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?(/|$))\\S*$',
      },
      uid: {
        type: 'integer',
        title: 'a numeric user id',
        description: 'The user the program runs as; its scope is readable by this user.',
        minimum: 0,
        maximum: 4_294_967_294,
      },
      on_change: {
        type: ['string', 'object'],
        title: 'restart, signal, none, { signal: HUP } or { command: […] }',
        description: 'What makes the program take new values. Default: containers are re-created, units restarted.',
        pattern: '^(restart|signal|none)$',
        properties: {
          signal: { type: 'string', title: 'the name of a signal such as HUP', pattern: '^[A-Z][A-Z0-9+-]{1,14}$' },
          command: words,
        },
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
      },
      receive: {
        type: 'string',
        title: 'mount, environment or files',
        description:
          'How the program gets its values: it reads the mounted scope itself (mount), or the lockstep executable is its entrypoint and hands them over as variables (environment) or as files (files). Default: mount; environment for systemd.',
        enum: ['mount', 'environment', 'files'],
      },
      mount: {
        $ref: '#/$defs/directory',
        description: 'Where the scope appears inside the container.',
        default: '/app',
      },
      env: {
        type: 'object',
        title: 'a map of plain variables',
        description: 'Settings that are no secrets; they show in docker inspect.',
        propertyNames: { $ref: '#/$defs/secret' },
        additionalProperties: { type: 'string', title: 'text (quote numbers)' },
      },
      command: { ...words, description: 'Replaces the command of the image.' },
      options: {
        type: 'array',
        title: 'a list of docker run options',
        description: 'Passed to docker run as they stand, for example --read-only or --cap-drop=ALL.',
        items: {
          type: 'string',
          title: 'an option of docker run in one word, --name=value',
          pattern: '^--[a-z][a-z-]*(=.*)?$',
        },
      },
    },
    required: ['hosts', 'groups'],
    oneOf: [{ required: ['image'] }, { required: ['compose'] }, { required: ['systemd'] }],
    additionalProperties: false,
  },
}

/** lockstep.yaml, the whole of it: what editors check while typing, and what `parseManifest` enforces. */
export const manifestSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'urn:lockstep:manifest',
  title: 'a map with at least `project: name`',
  description: 'The manifest of a lockstep project: which secrets exist, who gets them, how each is replaced.',
  type: 'object',
  properties: {
    project: { $ref: '#/$defs/name' },
    directory: { $ref: '#/$defs/directory', description: 'Where files go on a host. Default: /opt/<project>.' },
    inventory: { $ref: '#/$defs/path', description: 'Default: that of ansible.cfg, else inventory/production.' },
    password: { $ref: '#/$defs/password' },
    environments: {
      type: 'object',
      title: 'a map of environments',
      description: 'Fleets beside the default one, chosen with -E; each has secrets and a password of its own.',
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: {
        type: 'object',
        title: 'settings of an environment',
        properties: {
          directory: { $ref: '#/$defs/directory' },
          inventory: { $ref: '#/$defs/path' },
          password: { $ref: '#/$defs/password' },
          hosts: { $ref: '#/$defs/hosts' },
          rollout: { $ref: '#/$defs/rollout' },
          backup: { $ref: '#/$defs/backup' },
          alerts: { $ref: '#/$defs/alerts' },
        },
        additionalProperties: false,
      },
    },
    hosts: { $ref: '#/$defs/hosts' },
    groups: {
      type: 'object',
      title: 'a map of groups',
      description: 'Default: one group for each file secrets/<group>.env.',
      propertyNames: { $ref: '#/$defs/group' },
      additionalProperties: {
        type: 'object',
        title: 'a group',
        properties: {
          keys: { type: 'array', title: 'a list of secrets', items: { $ref: '#/$defs/secret' }, uniqueItems: true },
          rotate: { $ref: '#/$defs/rotate' },
        },
        additionalProperties: false,
      },
    },
    containers: {
      type: 'object',
      title: 'a map of containers',
      propertyNames: { $ref: '#/$defs/name' },
      additionalProperties: { $ref: '#/$defs/container' },
    },
    rollout: { $ref: '#/$defs/rollout' },
    backup: { $ref: '#/$defs/backup' },
    alerts: { $ref: '#/$defs/alerts' },
    git: {
      type: 'object',
      title: 'what is done with git',
      properties: {
        commit: {
          type: 'boolean',
          title: 'true or false',
          description: 'rotate commits the files of secrets that it has written, and no others.',
          default: false,
        },
        push: {
          type: 'boolean',
          title: 'true or false',
          description: 'It pushes that branch to where it is pulled from.',
          default: false,
        },
      },
      additionalProperties: false,
    },
    only_writer: {
      type: 'string',
      title: 'the host name of a machine',
      description: 'The one machine on which secrets are changed, such as a control host that rotates by itself.',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$',
    },
  },
  required: ['project'],
  additionalProperties: false,
  $defs: defs,
}

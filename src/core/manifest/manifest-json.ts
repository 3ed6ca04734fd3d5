import type { Quiet } from '../alerts/quiet.ts'
import type { Sink, SinkTarget } from '../alerts/sink.ts'
import { severities } from '../audit/findings.ts'
import type { Container, Group, HostSettings, Manifest, PasswordSource, Rotate } from './manifest.ts'
import { clouds, proofs, rungs } from './manifest.ts'
import type { Health, OnChange, Runs } from './manifest-container.ts'
import { fail } from '../errors.ts'
import type { Shape } from '../shape.ts'
import { dictionary, flag, integer, list, nullable, oneOf, parseJson, shape, text } from '../shape.ts'

/** Reads a manifest back from the JSON of itself. @throws TAMPERED for anything else, so that what an older version
 *  has kept is not taken for ours */
export const manifestFromJson = (source: string, at: string): Manifest => parseJson(source, manifest, at)

/** One of several shapes, told apart by `kind`. */
const byKind =
  <T>(shapes: Readonly<Record<string, Shape<T>>>): Shape<T> =>
  (value, at) => {
    const kind = typeof value === 'object' && value !== null && 'kind' in value ? String(value.kind) : ''
    const own = Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
    if (own === undefined) throw fail('TAMPERED', 'unknown kind', { at })
    return own(value, at)
  }

const plain: Shape<unknown> = (value) => value

const password: Shape<PasswordSource> = byKind<PasswordSource>({
  file: shape({ kind: oneOf('file'), path: text }),
  command: shape({ kind: oneOf('command'), command: list(text) }),
  ref: shape({ kind: oneOf('ref'), ref: text }),
})

const hosts: Shape<HostSettings> = shape({
  pattern: text,
  rung: nullable(oneOf(...rungs)),
  cloud: nullable(oneOf(...clouds)),
  directory: nullable(text),
  at: text,
})

const rotate: Shape<Rotate> = shape({
  with: text,
  every: nullable(integer),
  overlap: nullable(integer),
  user: nullable(text),
  bytes: integer,
  previous: nullable(text),
  breaks: nullable(text),
  hint: nullable(text),
  settings: dictionary(plain),
  at: text,
})

const group: Shape<Group> = shape({ name: text, keys: nullable(list(text)), rotate: nullable(rotate), at: text })

const runs: Shape<Runs> = byKind<Runs>({
  image: shape({
    kind: oneOf('image'),
    image: text,
    publish: list(text),
    env: dictionary(text),
    command: nullable(list(text)),
    options: list(text),
  }),
  compose: shape({ kind: oneOf('compose'), file: text, service: text }),
  systemd: shape({ kind: oneOf('systemd'), unit: text }),
})

const health: Shape<Health> = byKind<Health>({
  http: shape({ kind: oneOf('http'), target: text }),
  command: shape({ kind: oneOf('command'), command: list(text) }),
})

const onChange: Shape<OnChange> = byKind<OnChange>({
  restart: shape({ kind: oneOf('restart') }),
  none: shape({ kind: oneOf('none') }),
  signal: shape({ kind: oneOf('signal'), signal: text }),
  command: shape({ kind: oneOf('command'), command: list(text) }),
})

const container: Shape<Container> = shape({
  name: text,
  hosts: text,
  groups: list(text),
  runs,
  health: nullable(health),
  status: nullable(text),
  uid: nullable(integer),
  onChange,
  receive: oneOf('mount', 'environment', 'files'),
  mount: text,
  at: text,
})

const target: Shape<SinkTarget> = byKind<SinkTarget>({
  webhook: shape({ kind: oneOf('webhook'), url: text, sign: nullable(text) }),
  slack: shape({ kind: oneOf('slack'), secret: text }),
  email: shape({ kind: oneOf('email'), to: list(text), from: nullable(text) }),
  command: shape({ kind: oneOf('command'), command: list(text) }),
  stderr: shape({ kind: oneOf('stderr') }),
  journal: shape({ kind: oneOf('journal') }),
})

const sink: Shape<Sink> = shape({
  to: target,
  severity: oneOf(...severities),
  quiet: nullable(shape<Quiet>({ from: integer, to: integer, zone: nullable(text), high: flag })),
  at: text,
})

const manifest: Shape<Manifest> = shape({
  project: text,
  environment: text,
  environments: list(text),
  directory: text,
  directoryAt: nullable(text),
  inventory: nullable(text),
  password: nullable(password),
  hosts: list(hosts),
  groups: list(group),
  containers: list(container),
  backup: shape({ copies: nullable(integer), keep: nullable(integer), every: nullable(integer) }),
  rollout: shape({ atOnce: integer, healthWithin: integer, proof: oneOf(...proofs) }),
  alerts: list(sink),
  git: shape({ commit: flag, push: flag }),
  onlyWriter: nullable(text),
})

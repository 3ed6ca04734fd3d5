import { defaultEnvironment } from './environment.ts'
import { checkManifest } from './manifest-checks.ts'
import { readSink } from './manifest-alerts.ts'
import { readContainer } from './manifest-container.ts'
import { manifestSchema } from './manifest-schema.ts'
import { fail } from '../errors.ts'
import { isPathName } from '../names.ts'
import { didYouMean } from '../suggest.ts'
import { validate } from './validate.ts'
import type { Fields } from './yaml-fields.ts'
import { fieldsOf } from './yaml-fields.ts'
import { readYaml, throwProblems } from './yaml-source.ts'
import type { BackupSettings, Group, HostSettings, Manifest, PasswordSource, Rollout, Rotate } from './manifest.ts'
import { clouds, proofs, rungs } from './manifest.ts'

const keysHint = 'docs/reference/manifest.md has every key, and what it may be'

/** The manifest as `environment` sees it (default: the default one).
 *  @throws CONFIG with every place that is wrong; USAGE for an environment that is not declared */
export const parseManifest = (
  text: string,
  options: { readonly at: string; readonly environment?: string },
): Manifest => {
  const source = readYaml(text, options.at)
  throwProblems(validate(manifestSchema, source), options.at, keysHint)
  const fields = fieldsOf(source)
  const manifest = build(fields, options.environment ?? defaultEnvironment)
  throwProblems(checkManifest(manifest, fields), options.at, keysHint)
  return manifest
}

const build = (fields: Fields, environment: string): Manifest => {
  const environments = fields.map('environments')
  const own = environmentOf(environments, environment)
  const directory = own?.has('directory') === true ? own : fields.has('directory') ? fields : null
  const project = fields.text('project') ?? ''
  return {
    project,
    environment,
    environments: environments?.keys() ?? [],
    directory: directory?.text('directory') ?? `/opt/${project}`,
    directoryAt: directory?.at('directory') ?? null,
    inventory: (environment === defaultEnvironment ? fields : own)?.text('inventory') ?? null,
    password: passwordOf(environment === defaultEnvironment ? fields : own),
    hosts: ((own?.has('hosts') === true ? own : fields).map('hosts')?.entries() ?? []).map(readHosts),
    groups: (fields.map('groups')?.entries() ?? []).map(readGroup),
    containers: (fields.map('containers')?.entries() ?? []).map(readContainer),
    rollout: readRollout(own?.map('rollout'), fields.map('rollout')),
    backup: readBackup(own?.map('backup'), fields.map('backup')),
    alerts: ((own?.has('alerts') === true ? own : fields).maps('alerts') ?? []).map(readSink),
    git: { commit: fields.map('git')?.flag('commit') ?? false, push: fields.map('git')?.flag('push') ?? false },
    onlyWriter: fields.text('only_writer') ?? null,
  }
}

const environmentOf = (environments: Fields | undefined, wanted: string): Fields | undefined => {
  if (wanted === defaultEnvironment) return undefined
  const names = environments?.keys() ?? []
  if (names.includes(wanted)) return environments?.map(wanted)
  const meant = didYouMean(wanted, names)
  const make = meant === '' && isPathName(wanted) ? `; lockstep init -E ${wanted} makes this one` : ''
  throw fail('USAGE', `no environment of that name in lockstep.yaml${meant}`, {
    hint: `environments: ${[defaultEnvironment, ...names].join(', ')}${make}`,
  })
}

const passwordOf = (fields: Fields | undefined): PasswordSource | null => {
  const kind = fields?.kind('password')
  if (fields === undefined || kind === undefined) return null
  if (kind === 'text') return { kind: 'file', path: fields.text('password') ?? '' }
  if (kind === 'list') return { kind: 'command', command: fields.texts('password') ?? [] }
  const map = fields.map('password')
  const [path, command] = [map?.text('file'), map?.texts('command')]
  if (path !== undefined) return { kind: 'file', path }
  return command === undefined ? { kind: 'ref', ref: map?.text('ref') ?? '' } : { kind: 'command', command }
}

const readHosts = ([pattern, fields]: readonly [string, Fields]): HostSettings => ({
  pattern,
  rung: oneOf(rungs, fields.text('rung')),
  cloud: oneOf(clouds, fields.text('cloud')),
  directory: fields.text('directory') ?? null,
  at: fields.at(),
})

const readGroup = ([name, fields]: readonly [string, Fields]): Group => ({
  name,
  keys: fields.texts('keys') ?? null,
  rotate: readRotate(fields),
  at: fields.at(),
})

const readRotate = (group: Fields): Rotate | null => {
  const fields = group.map('rotate')
  if (fields === undefined) return null
  return {
    with: fields.text('with') ?? '',
    every: fields.duration('every') ?? null,
    overlap: fields.duration('overlap') ?? null,
    user: fields.text('user') ?? null,
    bytes: fields.integer('bytes') ?? 32,
    previous: fields.text('previous') ?? null,
    breaks: fields.text('breaks') ?? null,
    hint: fields.text('hint') ?? null,
    settings: Object.fromEntries(fields.keys().map((key) => [key, fields.plain(key)])),
    at: fields.at(),
  }
}

const readBackup = (own: Fields | undefined, general: Fields | undefined): BackupSettings => ({
  copies: own?.integer('copies') ?? general?.integer('copies') ?? null,
  keep: own?.integer('keep') ?? general?.integer('keep') ?? null,
  every: own?.duration('every') ?? general?.duration('every') ?? null,
})

const readRollout = (own: Fields | undefined, general: Fields | undefined): Rollout => ({
  atOnce: own?.integer('at_once') ?? general?.integer('at_once') ?? 1,
  healthWithin: own?.duration('health_within') ?? general?.duration('health_within') ?? 60_000,
  proof: oneOf(proofs, own?.text('proof') ?? general?.text('proof')) ?? 'mounted',
})

/** The word as one of these, null when absent; the schema has refused all others. */
const oneOf = <T extends string>(words: readonly T[], text: string | undefined): T | null =>
  words.find((word) => word === text) ?? null

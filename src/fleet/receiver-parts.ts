import type { Operation } from '../core/fleet/fleet.ts'
import type { Files } from '../core/ports.ts'
import { joinParts, readPart } from './join-parts.ts'

const read = ['start', 'lean', 'files', 'identity', 'watched'] as const
const change = [...read, 'writing', 'lease'] as const
const programs = ['find', 'programs'] as const
const engine = [...programs, 'engine', 'pages', 'containers'] as const
const containers = [...engine, 'failed', 'instances'] as const
const prune = [...change, 'generation', ...programs, 'engine', 'failed', 'prune'] as const
const backups = [...change, 'backups'] as const
const replace = [...change, 'replace'] as const

/** What each operation needs of the receiver, in this order: a host compiles only that. */
export const receiverParts: Readonly<Record<Operation['op'], readonly string[]>> = {
  inspect: [...read, 'generation', 'inspect'],
  enrol: [...read, 'writing', 'enrol'],
  stage: [...prune, 'switch', 'stage'],
  switch: [...prune, 'switch'],
  prune,
  record: [...change, 'record'],
  install: [...change, 'install'],
  replace,
  settle: replace,
  mend: [...change, 'mend'],
  events: [...read, 'watch_events'],
  watch: [...change, ...programs, 'watch_install'],
  output: [...read, ...engine, 'output'],
  keep_backup: backups,
  list_backups: backups,
  give_backups: backups,
  drop_backups: backups,
}

type Kind = 'image' | 'compose' | 'systemd'

/** What replacing and settling need besides, by the kind of consumer that the header names. */
const consumerParts: Readonly<Record<Kind, readonly string[]>> = {
  image: [...containers, 'entrypoint', 'image'],
  compose: [...containers, 'entrypoint', 'before', 'compose_tool', 'compose'],
  systemd: [...programs, 'pages', 'units', 'before', 'systemd'],
}

const tellContainers = [...containers, 'tell_containers'] as const

/** The same for a program that is told instead of being replaced. */
const tellParts: Readonly<Record<Kind, readonly string[]>> = {
  image: tellContainers,
  compose: tellContainers,
  systemd: [...consumerParts.systemd, 'tell_unit'],
}

/** For every program that follows a live directory; last, it changes what the kinds do. */
const liveParts: readonly string[] = ['live_state', 'live']

/** What an inspection needs besides, by the word in its header that asks for it. */
const inspectionParts: Readonly<Record<'engine' | 'walk' | 'units' | 'live' | 'audit' | 'watch', readonly string[]>> = {
  engine: [...engine, 'engine_facts'],
  walk: ['walk'],
  units: [...programs, 'pages', 'units', 'units_asked'],
  live: ['live_state', 'live_facts'],
  audit: [
    'walk',
    ...engine,
    'engine_facts',
    'audit_seek',
    'audit_find',
    'audit_copies',
    'audit_paths',
    'cgroup',
    'audit_processes',
    'audit_places',
    'audit_engine',
    'audit_machine',
    'audit',
  ],
  watch: ['watch_events', 'watch_facts'],
}

/** The program for one operation. */
export type Receiver = (operation: Operation) => Uint8Array

/** Reads all parts, once. @throws INTERNAL when the collection is not where it belongs */
export const readReceiver = async (files: Pick<Files, 'read'>, collection: string): Promise<Receiver> => {
  const texts = new Map<string, string>()
  for (const part of allParts)
    texts.set(part, await readPart(files, `${collection}/plugins/module_utils/receiver`, part))
  const programs = new Map<string, Uint8Array>()
  return (operation) => {
    const parts = partsOf(operation)
    const key = parts.join()
    const program =
      programs.get(key) ?? new TextEncoder().encode(joinParts(parts.flatMap((part) => texts.get(part) ?? [])))
    programs.set(key, program)
    return program
  }
}

/** Names of the parts that this operation needs, in order. */
export const partsOf = (operation: Operation): readonly string[] => [
  ...new Set([...receiverParts[operation.op], ...besides(operation)]),
  'main',
]

const besides = (operation: Operation): readonly string[] => {
  if (operation.op === 'inspect') return asked.flatMap((word) => (operation[word] ? inspectionParts[word] : []))
  if (operation.op !== 'replace' && operation.op !== 'settle') return []
  const kind = kinds.find((one) => one === (operation['kind'] === 'tell' ? operation['of'] : operation['kind']))
  const own = kind === undefined ? [] : (operation['kind'] === 'tell' ? tellParts : consumerParts)[kind]
  return operation['live'] === undefined ? own : [...own, ...liveParts]
}

const asked = ['engine', 'walk', 'units', 'live', 'audit', 'watch'] as const
const kinds = ['image', 'compose', 'systemd'] as const

const tables = [receiverParts, inspectionParts, consumerParts, tellParts, { liveParts }] as const
const allParts: readonly string[] = [...new Set(tables.flatMap((parts) => Object.values(parts).flat())), 'main']

import { hostText, shellWord } from '../host-text.ts'
import { few } from '../names.ts'
import { engineWord } from '../containers/instances.ts'
import type { AuditInput } from './audit-host.ts'
import type { EngineHolder } from './machine-facts.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'
import type { SoughtName } from './sought.ts'
import { namesHeld, valueFindings } from './value-findings.ts'

/** What the container engine shows, and who may ask it: whoever may is root on the host. */
export const auditEngine = (input: AuditInput): readonly Finding[] => [
  ...holders(input, 'container'),
  ...holders(input, 'image'),
  ...sockets(input),
  ...listens(input),
  ...mounts(input),
]

/** Of several parts that hold a value the first says where it comes from; the others repeat it. */
const partWords: Readonly<Record<string, string>> = {
  environment: 'environment',
  command: 'command',
  labels: 'labels',
  history: 'history',
  settings: 'settings',
  other: 'inspection',
}

const holders = (input: AuditInput, kind: 'container' | 'image'): readonly Finding[] => {
  const { desired, facts } = input
  const engine = facts.audit?.engine
  const found = (kind === 'container' ? engine?.containers : engine?.images) ?? []
  const id = kind === 'container' ? 'VALUE-IN-CONTAINER' : 'VALUE-IN-IMAGE'
  const again = kind === 'container' ? 'start it anew without it' : 'build it anew without it and remove this one'
  return found.flatMap((one) => {
    const told = new Set<string>()
    return Object.keys(partWords).flatMap((part) => {
      const names = heldIn(input, one, part).filter((each) => !told.has(keyOf(each)))
      for (const each of names) told.add(keyOf(each))
      return valueFindings(names, {
        id,
        host: desired.host,
        path: one.name,
        where: `in the ${partWords[part]} of the ${kind} ${hostText(one.name, 80)}`,
        fix: `${engineWord(facts)} ${kind} inspect ${plainWord(one.name)}; ${again}`,
      })
    })
  })
}

const heldIn = ({ facts }: AuditInput, one: EngineHolder, part: string): readonly SoughtName[] =>
  facts.asked === null ? [] : namesHeld(facts.asked.sought, one.held[part] ?? [])

const keyOf = ({ kind, name }: SoughtName): string => `${kind} ${name ?? ''}`

/** No engine gives a name that looks like a flag. */
const plainWord = (name: string): string => shellWord(name.replace(/^-+/, ''))

const sockets = ({ desired, facts }: AuditInput): readonly Finding[] =>
  (facts.audit?.engine.sockets ?? []).flatMap((one) => {
    const at = { host: desired.host, path: one.path }
    const word = shellWord(one.path)
    if ((one.mode & 0o006) !== 0) {
      const message = `mode is ${one.mode.toString(8)}: every account can become root by it`
      return [finding('ENGINE-OPEN', { ...at, message, fix: `chmod o-rw ${word}` })]
    }
    if (one.members.length === 0 || (one.mode & 0o060) === 0) return []
    const message = `${few(one.members)}: as good as root by the group ${hostText(one.group, 40)}`
    return [finding('ENGINE-GROUP', { ...at, message, fix: `gpasswd -d ACCOUNT ${plainWord(one.group)}` })]
  })

const listens = ({ desired, facts }: AuditInput): readonly Finding[] =>
  (facts.audit?.engine.listens ?? [])
    .filter((one) => !one.asksCertificate)
    .map(({ address }) =>
      finding('ENGINE-OPEN', {
        host: desired.host,
        path: hostText(address, 80),
        message: 'the engine takes orders here of everybody who reaches it: they become root',
        fix: 'take the address out of daemon.json or of its unit, or set tlsverify',
      }),
    )

const engineSockets = ['docker.sock', 'podman.sock', 'containerd.sock']

/** A container that has the socket, or a directory above ours, has the host's secrets. Ours have neither. */
const mounts = ({ desired, facts }: AuditInput): readonly Finding[] =>
  (facts.engine?.containers ?? []).flatMap((one) => {
    const sources = one.mounts.flatMap(({ source }) => source ?? [])
    const reach = sources.filter((source) => reaches(source, desired.directory))
    if (reach.length === 0) return []
    return [
      finding('ENGINE-REACH', {
        host: desired.host,
        path: one.name,
        message: `has ${few(reach.map((source) => hostText(source, 80)))} of the host: what is in it is as good as root`,
        fix: `start ${plainWord(one.name)} without it, or give it a proxy that lets through what it needs`,
      }),
    ]
  })

const reaches = (source: string, directory: string): boolean =>
  engineSockets.some((name) => source.endsWith(`/${name}`)) ||
  ['/', '/run', '/var/run', '/proc', '/var/lib/docker'].includes(source) ||
  directory === source ||
  directory.startsWith(`${source}/`)

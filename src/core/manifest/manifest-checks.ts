import { optionProblem } from '../containers/container-options.ts'
import type { Container } from './manifest-container.ts'
import { alertProblems } from './manifest-alerts.ts'
import { defaultEnvironment } from './environment.ts'
import { isLive, liveInside } from '../containers/live.ts'
import type { Manifest } from './manifest.ts'
import { didYouMean } from '../suggest.ts'
import type { Fields } from './yaml-fields.ts'
import type { Problem } from './yaml-source.ts'

/** What a schema cannot say: names that must agree with each other. In the order of the file. */
export const checkManifest = (manifest: Manifest, fields: Fields): readonly Problem[] => [
  ...environmentNames(fields),
  ...rungs(manifest),
  ...pushesCommits(manifest, fields),
  ...alertProblems(fields),
  ...(fields.map('environments')?.entries() ?? []).flatMap(([, own]) => alertProblems(own)),
  ...keysOnce(manifest),
  ...previousNames(manifest),
  ...manifest.containers.flatMap((container) => groupsExist(manifest, container, fields)),
  ...manifest.containers.flatMap((container) => settingsFit(container, fields)),
  ...manifest.containers.flatMap((container) => changesReach(container, fields)),
  ...manifest.containers.flatMap((container) => optionsFit(container, fields)),
]

const environmentNames = (fields: Fields): Problem[] => {
  const environments = fields.map('environments')
  if (environments?.has(defaultEnvironment) !== true) return []
  const message = `${defaultEnvironment} is the default environment: its settings stand at the top level`
  return [{ at: environments.at(defaultEnvironment), message }]
}

const rungs = (manifest: Manifest): Problem[] =>
  manifest.hosts
    .filter((hosts) => hosts.cloud !== null && hosts.rung !== null && hosts.rung !== 'cloud')
    .map((hosts) => ({ at: hosts.at, message: `\`cloud\` needs \`rung: cloud\`, not ${hosts.rung}` }))

const pushesCommits = ({ git }: Manifest, fields: Fields): Problem[] =>
  git.push && !git.commit
    ? [{ at: fields.map('git')?.at('push') ?? 'lockstep.yaml', message: '`push: true` needs `commit: true` beside it' }]
    : []

const keysOnce = (manifest: Manifest): Problem[] => {
  const owners = new Map<string, string>()
  return manifest.groups.flatMap((group) => {
    const previous = group.rotate?.previous ?? null
    const keys = [...(group.keys ?? []), ...(previous === null ? [] : [previous])]
    return keys.flatMap((key) => {
      const owner = owners.get(key)
      owners.set(key, group.name)
      return owner === undefined ? [] : [{ at: group.at, message: namedTwice(key, owner, group.name) }]
    })
  })
}

const namedTwice = (key: string, first: string, second: string): string =>
  first === second
    ? `${key} is a key of ${first} and cannot be its \`previous\` as well`
    : `${key} is in two groups, ${first} and ${second}`

const previousNames = (manifest: Manifest): Problem[] =>
  manifest.groups
    .filter((group) => typeof group.rotate?.previous === 'string' && group.keys?.length !== 1)
    .map((group) => ({ at: group.rotate?.at ?? group.at, message: '`previous` needs a group with exactly one key' }))

const groupsExist = (manifest: Manifest, container: Container, fields: Fields): Problem[] => {
  if (manifest.groups.length === 0) return []
  const names = manifest.groups.map((group) => group.name)
  const at = fields.map('containers')?.map(container.name)?.at('groups') ?? container.at
  return container.groups
    .filter((name) => !names.includes(name))
    .map((name) => ({
      at,
      message: `container ${container.name} names a group that is not declared, ${name}${didYouMean(name, names)}`,
    }))
}

const imageOnly = ['publish', 'env', 'command', 'options'] as const

const settingsFit = (container: Container, fields: Fields): Problem[] => {
  const own = fields.map('containers')?.map(container.name)
  if (own === undefined) return []
  const { kind } = container.runs
  const unfit = [...(kind === 'image' ? [] : imageOnly), ...(kind === 'systemd' ? (['mount'] as const) : [])]
  const problems = unfit
    .filter((key) => own.has(key))
    .map((key) => ({ at: own.at(key), message: `\`${key}\` does not go with \`${kind}\`` }))
  const targets = [container.health?.kind === 'http' ? container.health.target : null, container.status]
  if (knowsItsPort(container) || !targets.some((target) => target?.startsWith('/') === true)) return problems
  const cure = kind === 'image' ? '`publish`, or a whole URL' : 'a whole URL'
  return [...problems, { at: own.at(), message: `container ${container.name} needs ${cure} to be asked at` }]
}

const optionsFit = (container: Container, fields: Fields): Problem[] => {
  const { runs, name } = container
  const at = fields.map('containers')?.map(name)?.at('options') ?? container.at
  const options = runs.kind === 'image' ? runs.options : []
  return options.flatMap((one) => optionProblem(one, container) ?? []).map((message) => ({ at, message }))
}

/** What a program is handed when it starts cannot change below it. */
const changesReach = (container: Container, fields: Fields): Problem[] => {
  const { onChange, receive, name, at } = container
  const own = fields.map('containers')?.map(name)
  if (!isLive(container)) return []
  const problems: Problem[] = []
  if (receive !== 'mount' && onChange.kind !== 'none') {
    const message = `\`on_change: ${onChange.kind}\` needs \`receive: mount\`: what a program is given as ${receive} is fixed when it starts`
    problems.push({ at: own?.at('on_change') ?? at, message })
  }
  if (own?.has('mount') === true) {
    const message = `\`mount\` does not go with \`on_change: ${onChange.kind}\`: it sees its secrets at ${liveInside}/current`
    problems.push({ at: own.at('mount'), message })
  }
  return problems
}

/** The ports of a compose service are known where it runs. */
const knowsItsPort = ({ runs }: Container): boolean =>
  runs.kind === 'compose' || (runs.kind === 'image' && runs.publish.length > 0)

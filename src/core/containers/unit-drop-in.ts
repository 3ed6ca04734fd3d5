import { unionFile } from '../names.ts'
import { labels } from './container-command.ts'
import type { ContainerTarget } from './container-command.ts'
import { entrypointWords } from './entrypoint.ts'
import { isLive, liveDirectory, liveInside } from './live.ts'
import type { Container } from '../manifest/manifest.ts'
import { outsidePlace } from './scope-mounts.ts'
import { defaultEnvironment } from '../manifest/environment.ts'
import type { UnitFacts } from './unit-facts.ts'

/** Our drop-in for a unit: its scope as credentials where the program reads it itself, else our executable before its
 *  own command. The same unit and target give the same text. */
export const unitDropIn = (container: Container, target: ContainerTarget, unit: UnitFacts): string =>
  [
    '# written by lockstep deploy; the next one replaces it',
    ...labels(container, target).map(([key, value]) => `# ${key}=${value}`),
    '[Service]',
    ...settings(container, target, unit),
    '',
  ].join('\n')

/** Why this unit cannot be given its secrets in the way asked; null when it can. */
export const unitProblem = (
  container: Container,
  unit: UnitFacts | undefined,
): { readonly message: string; readonly hint: string } | null => {
  const name = container.runs.kind === 'systemd' ? container.runs.unit : ''
  if (unit?.load !== 'loaded') {
    return { message: `there is no unit ${name} on it`, hint: 'install it there, or correct `systemd:`' }
  }
  if (container.receive === 'mount') return null
  if (unit.commands.length === 0) return { message: `${name} has no ExecStart`, hint: `systemctl cat ${name}` }
  if (!unit.dynamic && unit.otherGroups.length === 0) return null
  const setting = unit.dynamic ? 'DynamicUser' : 'SupplementaryGroups'
  return {
    message: `${name} has ${setting}, which our entrypoint cannot take on`,
    hint: '`receive: mount` gives it its secrets as systemd credentials',
  }
}

const settings = (container: Container, target: ContainerTarget, unit: UnitFacts): readonly string[] => {
  if (container.receive !== 'mount') return commands(container, target, unit)
  if (!isLive(container)) return credentials(container, target)
  return [`BindReadOnlyPaths=${liveDirectory(target.directory, container.name)}:${liveInside}`]
}

const credentials = (container: Container, target: ContainerTarget): readonly string[] => {
  const place = outsidePlace(container, target.directory, target.generation.number)
  const files = ['manifest.json', unionFile, ...container.groups.map((group) => `${group}.env`)]
  return [
    `LoadCredential=vault-password:${place.passwordFile}`,
    ...files.map((file) => `LoadCredential=${file}:${place.directory}/${file}`),
  ]
}

const commands = (container: Container, target: ContainerTarget, unit: UnitFacts): readonly string[] => [
  ...(container.receive === 'files' ? [`RuntimeDirectory=${runtimeName(container, target)}`] : []),
  'ExecStart=',
  ...unit.commands.map((command) => `ExecStart=${wrapCommand(command, container, target, unit)}`),
]

/** Below /run: systemd makes it when the unit starts and removes it when it stops. Our executable makes a directory of
 *  its own in it, as others may look into this one. Names hold no dots, so two units never share one. */
const runtimeName = ({ name }: Container, { project, environment }: ContainerTarget): string =>
  ['lockstep', project, ...(environment === defaultEnvironment ? [] : [environment]), name].join('.')

interface Command {
  /** `-`, `:`, `+`, `!`, `!!`: what systemd reads before the program. */
  readonly prefix: string
  /** What the program is told it was called as, after `@`; as it is written, quotes included. */
  readonly calledAs: string | null
  readonly rest: string
}

const word = String.raw`(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'\\]|\\.)+`

const readCommand = (text: string): Command => {
  const [, prefix = '', rest = ''] = /^([-@:+!|]*)(.*)$/s.exec(text) ?? []
  const [, program = '', calledAs = '', others = ''] =
    new RegExp(String.raw`^(${word})\s+(${word})\s*(.*)$`, 's').exec(rest) ?? []
  return prefix.includes('@') && program !== ''
    ? { prefix: prefix.replace('@', ''), calledAs, rest: `${program} ${others}`.trimEnd() }
    : { prefix, calledAs: null, rest }
}

/** `!` starts our entrypoint as root, inside the unit's sandbox, so that it can read the scope; it then becomes the
 *  unit's user. A command that has privileges of its own keeps them. */
const wrapCommand = (text: string, container: Container, target: ContainerTarget, unit: UnitFacts): string => {
  const { prefix, calledAs, rest } = readCommand(text)
  const isPrivileged = /[+!]/.test(prefix)
  const user = isPrivileged ? null : userOf(unit)
  const place = outsidePlace(container, target.directory, target.generation.number)
  return [
    `${prefix}${user === null ? '' : '!'}${target.directory}/bin/lockstep`,
    ...entrypointWords(container.receive, place, `/run/${runtimeName(container, target)}/secrets`),
    ...(user === null ? [] : ['--user', user]),
    ...(calledAs === null ? [] : ['--called-as', calledAs]),
    '--',
    rest,
  ].join(' ')
}

/** A group that is not the user's own replaces all its groups: rather fewer than more. */
const userOf = ({ user, group }: UnitFacts): string | null => {
  if (user === null || user === 'root' || user === '0') return null
  return group === null || group === user ? user : `${user}:${group}`
}

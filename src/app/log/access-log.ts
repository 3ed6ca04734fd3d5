import { fail, hasCode, SecretsError, type Code } from '../../core/errors.ts'
import type { Access, AccessResult, Action, Mark, Names, Who } from '../../core/log/entry.ts'
import type { SignedHead } from '../../core/log/head.ts'
import type { Ports } from '../../core/ports.ts'
import type { ProjectKeys } from '../../crypto/fingerprint.ts'
import { logSeal } from '../../crypto/log-seal.ts'
import { append, type Appended } from './append.ts'
import { logPlace, type LogPlace, type LogProject } from './log-place.ts'
import { leaveMark, takeMarks, unusable } from './marks.ts'
import { scarWords } from '../../core/log/scar-words.ts'

export type LogPorts = Pick<Ports, 'files' | 'exec' | 'clock' | 'random' | 'machine' | 'caller'>

/** What is to be written down; the rest is known. */
export interface Told {
  readonly action: Action
  readonly names: Names
  readonly result: AccessResult
}

/** The access log of one project and environment. */
export interface AccessLog {
  /** On the disk when this returns; the end of the log then, or null where it went on by --break-glass.
   *  @throws UNAVAILABLE, DENIED, UNSAFE, CONFLICT: what was to be done must not be */
  write(told: Told): Promise<SignedHead | null>
  /** For what is done already, or releases nothing: where it cannot be written a mark is left, and a warning. */
  tell(told: Told): Promise<SignedHead | null>
  /** The end of the log after the last of these; null before. */
  head(): SignedHead | null
  /** Leaves the end of the log in the system's log, where there is one. */
  anchor(): Promise<void>
  /** For a refusal without keys: leaves a mark for a later run to bring in. */
  refuse(told: Told): Promise<void>
}

export const accessLog = (
  ports: LogPorts,
  project: LogProject,
  opened: { readonly operator: string | null; keys(): Promise<ProjectKeys> },
): AccessLog => {
  const place = logPlace(ports.machine, project)
  let last: SignedHead | null = null
  const accessOf = (told: Told): Access => ({ ...madeBy(ports, opened.operator), ...told })
  const put = async (told: Told): Promise<SignedHead> => {
    const seal = logSeal(await opened.keys())
    let done: Appended | null = null
    await takeMarks(ports, place, async (marked) => {
      done = await append(ports, place, seal, [...marked, accessOf(told)])
    })
    last = await headOf(ports, done)
    return last
  }
  return {
    write: async (told) => {
      try {
        return await put(told)
      } catch (error) {
        if (!hasCode(error, ...unusable)) throw error
        if (!ports.caller.breakGlass) throw refused(place, told, error)
        await breakGlass(ports, place, accessOf(told), error)
        return null
      }
    },
    tell: async (told) => {
      try {
        return await put(told)
      } catch (error) {
        if (!hasCode(error, ...unusable)) throw error
        const isLeft = await leaveMark(ports, place, marked(accessOf(told), 'late'))
        await ports.caller.warn(
          `the access log does not have this: ${error.message}${isLeft ? '; a later run brings it in' : ''}`,
        )
        return null
      }
    },
    head: () => last,
    anchor: async () => {
      if (last === null) return
      const { toSyslog } = await import('./syslog.ts')
      const { root, environment } = project
      const line = `access log of ${root} (${environment}): ${last.id} entry ${last.seq} ${last.hash}`
      await toSyslog(ports, [line], 'auth.notice')
    },
    refuse: async (told) => void (await leaveMark(ports, place, marked(accessOf(told), 'refused'))),
  }
}

const headOf = async (ports: LogPorts, done: Appended | null): Promise<SignedHead> => {
  if (done === null) throw fail('INTERNAL', 'nothing was written to the access log')
  for (const scar of done.scars) await ports.caller.warn(`${scarWords(scar)}; see lockstep log verify`)
  return done.head
}

const madeBy = (ports: LogPorts, operator: string | null): Omit<Access, keyof Told> => ({
  at: new Date(ports.clock.now()).toISOString(),
  run: ports.caller.run(),
  command: ports.caller.command ?? 'library',
  why: ports.caller.reason,
  who: whoIs(ports.machine, operator),
  scar: null,
  mark: null,
})

const whoIs = (machine: Ports['machine'], operator: string | null): Who => ({
  operator,
  user: machine.user,
  uid: machine.uid,
  sudo: machine.uid === 0 ? (machine.environment['SUDO_USER'] ?? null) : null,
  pid: machine.pid,
  parent: machine.parent,
  host: machine.hostname,
})

const marked = (access: Access, kind: Mark['kind']): Access => ({ ...access, mark: { at: access.at, kind } })

/** Goes on without the log, once it can be known later. @throws the error where no mark can be left */
const breakGlass = async (ports: LogPorts, place: LogPlace, access: Access, error: SecretsError): Promise<void> => {
  const { toSyslog } = await import('./syslog.ts')
  const line = `--break-glass: ${access.command} in ${place.root} without the access log`
  const inSyslog = (await toSyslog(ports, [line], 'auth.notice')) !== null
  const isLeft = await leaveMark(ports, place, marked(access, 'glass'))
  if (!isLeft && !inSyslog) {
    throw fail(
      error.code,
      `${error.message}; and no mark of it can be left anywhere, so not even --break-glass goes on`,
      {
        at: error.at ?? place.shown,
        hint: 'make your home directory writable, or this project',
        cause: error,
      },
    )
  }
  const where = [...(isLeft ? [place.marks] : []), ...(inSyslog ? ['syslog'] : [])].join(' and ')
  await ports.caller.warn(`--break-glass: going on WITHOUT the access log (${error.message}); a mark is in ${where}`)
}

const refused = (place: LogPlace, { action }: Told, cause: SecretsError): SecretsError => {
  const what = action === 'read' || action === 'look' ? 'read' : action === 'change' ? 'changed' : 'delivered'
  return fail(codeOf(cause.code), `nothing is ${what}: the access log cannot be written: ${cause.message}`, {
    at: cause.at ?? place.shown,
    hint: `${cause.hint === undefined ? '' : `${cause.hint}; or `}in an emergency the same with --break-glass --reason WHY, which leaves a mark`,
    cause,
  })
}

/** A directory that is missing is no missing secret. */
const codeOf = (code: Code): Code => (code === 'NOT_FOUND' ? 'UNAVAILABLE' : code)

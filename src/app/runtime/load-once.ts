import { fail, hasCode } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import type { LoadedFacts, SecretFacts } from '../../core/runtime/status-document.ts'
import { unreadableHint, userNamespaceOf } from '../../core/runtime/user-namespace.ts'
import { askChain, type ChainAnswer } from './ask-chain.ts'
import { openScope, type OpenScope } from './open-scope.ts'
import { readScope, sameScope, type ScopeBytes } from './read-scope.ts'

export interface LoadPorts extends Pick<Ports, 'clock' | 'random' | 'machine' | 'provider'> {
  readonly files: Pick<Ports['files'], 'read' | 'list'>
}

export interface Place {
  readonly passwordFile: string
  readonly directory: string
  /** Null for all groups of the scope. */
  readonly groups: readonly string[] | null
  /** Refuse files without an authenticated manifest. */
  readonly verified: boolean
}

export interface Loaded {
  readonly facts: LoadedFacts
  readonly secrets: ReadonlyMap<string, Secret>
}

/** Milliseconds for the password, at boot. */
const deadline = 10_000
const tries = 3

/** Reads, verifies and decrypts a scope once. Writes nothing.
 *  @throws NOT_FOUND and UNAVAILABLE where trying again may help; DENIED, TAMPERED, UNSAFE, CONFIG where it will not */
export const loadOnce = async (ports: LoadPorts, place: Place): Promise<Loaded> => {
  try {
    const { answer, scope } = await openSettled(ports, place)
    checkRuntime(scope, answer, place)
    return pick(scope, answer, place.groups, ports.clock.now())
  } catch (error) {
    if (hasCode(error, 'DENIED')) throw await explained(error.message, error.at, ports, error)
    throw error
  }
}

/** Where a link is being switched to the next generation, password and files may be read on either side of it: what
 *  does not fit together is read again, until it fits or stands still. */
const openSettled = async (
  ports: LoadPorts,
  place: Place,
): Promise<{ readonly answer: ChainAnswer; readonly scope: OpenScope }> => {
  for (let attempt = 1; ; attempt++) {
    const [answer, bytes] = await readBoth(ports, place)
    try {
      return { answer, scope: await openScope(bytes, answer.value, place.directory) }
    } catch (error) {
      if (!hasCode(error, 'TAMPERED') || attempt === tries) throw error
      const [password, again] = await readBoth(ports, place)
      if (password.value.equals(answer.value) && sameScope(bytes, again)) throw error
    } finally {
      answer.value.forget()
    }
  }
}

/** At the same time; of two errors the password's is told, which may be the one that ends the program. */
const readBoth = async (ports: LoadPorts, place: Place): Promise<readonly [ChainAnswer, ScopeBytes]> => {
  const scope = readScope(ports, place.directory, place.groups)
  const [password] = await Promise.allSettled([readPassword(ports, place), scope])
  if (password.status === 'rejected') throw password.reason
  return [password.value, await scope]
}

const readPassword = async (ports: LoadPorts, { passwordFile }: Place): Promise<ChainAnswer> => {
  const provider = await ports.provider('file')
  try {
    return await askChain(ports, [{ provider, ref: passwordFile }], { deadline })
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error
    throw fail('NOT_FOUND', 'no password file', {
      at: passwordFile,
      hint: 'mount the vault-password of a delivered generation there; `lockstep deploy` does',
      cause: error,
    })
  }
}

/** The settings are those of the authenticated manifest: a link that it does not name is a weaker one. */
const checkRuntime = ({ manifest }: OpenScope, answer: ChainAnswer, { directory, verified }: Place): void => {
  if (manifest === null) {
    if (!verified) return
    throw fail('UNSAFE', 'there is no manifest.json, so nothing says that these files belong together', {
      at: directory,
      hint: 'lockstep deploy writes one',
    })
  }
  if (manifest.runtime.chain.includes(answer.provider)) return
  throw fail('UNSAFE', `the password came from ${answer.provider}, which the manifest's chain does not allow`, {
    at: directory,
    hint: 'lockstep deploy brings files and settings that belong together; then remove the password that is left over',
  })
}

const pick = (scope: OpenScope, answer: ChainAnswer, groups: readonly string[] | null, now: number): Loaded => {
  const { manifest } = scope
  const known = new Set(scope.groups.values())
  const unknown = groups?.find((group) => !known.has(group))
  if (unknown !== undefined) throw noGroup(unknown, known)
  const secrets = new Map<string, Secret>()
  for (const [name, value] of scope.secrets) {
    if (groups === null || groups.includes(scope.groups.get(name) ?? '')) secrets.set(name, value)
    else value.forget()
  }
  const facts: LoadedFacts = {
    verified: manifest !== null,
    project: manifest?.project ?? null,
    environment: manifest?.environment ?? null,
    host: manifest?.host ?? null,
    scope: manifest?.scope ?? null,
    rung: manifest?.runtime.rung ?? 'host',
    generation: manifest?.generation ?? null,
    revision: manifest?.revision ?? null,
    digest: scope.digest,
    source: answer.provider,
    passedOver: answer.passed.length,
    loadedAt: now,
    secrets: new Map([...secrets.keys()].map((name) => [name, factsOf(name, scope)])),
  }
  return { facts, secrets }
}

const factsOf = (name: string, { manifest, groups }: OpenScope): SecretFacts => {
  const said = manifest !== null && Object.hasOwn(manifest.secrets, name) ? manifest.secrets[name] : undefined
  return {
    group: groups.get(name) ?? null,
    version: said?.version ?? null,
    set: said?.set ?? null,
    rotated: said?.rotated ?? null,
    fingerprint: said?.fingerprint ?? null,
  }
}

const noGroup = (group: string, known: ReadonlySet<string | null>): Error =>
  fail('NOT_FOUND', `no group ${quoteName(group)} in this scope`, {
    hint: `it has ${[...known].filter((one) => one !== null).join(', ') || 'none'}`,
  })

const explained = async (
  message: string,
  at: string | undefined,
  { files, machine }: Pick<LoadPorts, 'files' | 'machine'>,
  cause: unknown,
): Promise<Error> => {
  const map = machine.platform === 'linux' ? await files.read('/proc/self/uid_map') : null
  const namespace = userNamespaceOf(map === null ? null : new TextDecoder().decode(map))
  return fail('DENIED', message, {
    ...(at === undefined ? {} : { at }),
    hint: unreadableHint(machine.uid, namespace),
    cause,
  })
}

import { changeProject } from '../../src/app/project/change-project.ts'
import { newSecrets } from '../../src/app/project/new-secrets.ts'
import { openProject } from '../../src/app/project/open-project.ts'
import type { OpenProject } from '../../src/app/project/open-project.ts'
import { findProject } from '../../src/app/project/project.ts'
import type { Project } from '../../src/app/project/project.ts'
import { fail } from '../../src/core/errors.ts'
import type { Ports } from '../../src/core/ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { wire } from '../../src/wire.ts'
import { bytesOf, temporary, type Ending } from './temporary.ts'

/** Strong enough to write with, and the same in every test. */
export const testPassword = 'vKq3-Zr8w_Tt5Yx0Lm2Nb7Pc4Hs9Dg6Jf1Wa_Xe-Qu'

export const testTime: number = Date.parse('2025-11-22T15:00:00Z')

/** The real doors to files, programs and randomness, in a directory of the test's own; nobody at the keyboard, and
 *  time stands still. */
export const portsIn = (cwd: string, more: Partial<Ports> = {}): Ports => {
  const real = wire()
  return {
    ...real,
    clock: { now: () => testTime, sleep: real.clock.sleep },
    terminal: {
      isInteractive: false,
      ask: () => Promise.reject(new Error('asked')),
      askHidden: () => Promise.reject(new Error('asked')),
      readInput: () => Promise.resolve(new Uint8Array()),
    },
    machine: { ...real.machine, cwd, home: `${cwd}/home`, environment: {} },
    ...more,
  }
}

export interface TestProject {
  readonly root: string
  readonly ports: Ports
  readonly project: Project
  /** As it is now; a new one after each change. */
  open(): OpenProject
}

/** A project with these secrets, group to name to value, in a directory of its own. `hosts/<host>/<group>` for one
 *  host's own. */
export const projectIn = async (
  t: Ending,
  options: {
    readonly manifest?: string
    readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly files?: Readonly<Record<string, string>>
    readonly ports?: Partial<Ports>
  } = {},
): Promise<TestProject> => {
  const manifest = options.manifest ?? 'project: shop\n'
  const root = temporary(t, { 'lockstep.yaml': manifest, '.vault-password': `${testPassword}\n`, ...options.files })
  const ports = portsIn(root, options.ports)
  const project = await findProject(ports)
  const password = new Secret(testPassword)
  await ports.files.transact(root, await newSecrets(ports, project, password))
  const open = (): OpenProject => openProject(ports, project, password)
  const writes = Object.entries(options.secrets ?? {}).flatMap(([place, values]) => {
    const [group = '', host = null] = place.split('/').reverse()
    return Object.entries(values).map(([name, value]) => ({ group, host, name, value: new Secret(value) }))
  })
  if (writes.length > 0) await changeProject(ports, open(), { writes })
  return { root, ports, project, open }
}

/** A person who types these lines, one for each question. */
export const typing = (...answers: readonly string[]): Pick<Ports, 'terminal'> => {
  const left = [...answers]
  const next = (): Promise<string> => {
    const answer = left.shift()
    return answer === undefined ? Promise.reject(new Error('asked once too often')) : Promise.resolve(answer)
  }
  return {
    terminal: {
      isInteractive: true,
      ask: next,
      askHidden: next,
      readInput: () => Promise.reject(fail('USAGE', 'a terminal')),
    },
  }
}

/** Standard input with this text. */
export const piped = (text: string): Pick<Ports, 'terminal'> => ({
  terminal: {
    isInteractive: false,
    ask: () => Promise.reject(new Error('asked')),
    askHidden: () => Promise.reject(new Error('asked')),
    readInput: () => Promise.resolve(bytesOf(text)),
  },
})

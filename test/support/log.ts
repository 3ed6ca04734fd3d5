import type { TestContext } from 'node:test'
import { append, type Appended } from '../../src/app/log/append.ts'
import { logPlace, type LogPlace } from '../../src/app/log/log-place.ts'
import { readLog } from '../../src/app/log/read-log.ts'
import type { Access } from '../../src/core/log/entry.ts'
import type { LogVerdict } from '../../src/core/log/verify.ts'
import { projectKeys, type ProjectKeys } from '../../src/crypto/fingerprint.ts'
import { logSeal } from '../../src/crypto/log-seal.ts'
import { portsIn } from './project.ts'
import { temporary } from './temporary.ts'

export const logKeys: ProjectKeys = projectKeys(new Uint8Array(32).fill(7))

export const anAccess = (more: Partial<Access> = {}): Access => ({
  at: '2026-11-22T10:00:00.000Z',
  run: '00112233',
  action: 'read',
  command: 'get',
  names: { secrets: ['API_KEY'] },
  who: { operator: null, user: 'anna', uid: 1000, sudo: null, pid: 12, parent: { pid: 11, name: 'sh' }, host: 'desk' },
  why: null,
  result: 'done',
  scar: null,
  mark: null,
  ...more,
})

export interface TestLog {
  readonly root: string
  readonly place: LogPlace
  write(...accesses: readonly Access[]): Promise<Appended>
  verify(keys?: ProjectKeys): Promise<LogVerdict>
}

/** A log without a project, in a directory of its own. */
export const logIn = (t: TestContext, keys: ProjectKeys = logKeys): TestLog => {
  const root = temporary(t)
  const ports = portsIn(root)
  const project = { root, environment: 'production' }
  const place = logPlace(ports.machine, project)
  return {
    root,
    place,
    write: (...accesses) => append(ports, place, logSeal(keys), accesses),
    verify: (other = keys) => readLog(ports, project, other),
  }
}

/** Rotators by name, joined with the doors they need. */
import { fail } from './core/errors.ts'
import type { Rotate } from './core/manifest/manifest.ts'
import { quoteName } from './core/names.ts'
import type { Ports } from './core/ports.ts'
import type { RotatorPorts } from './core/rotators/rotator-ports.ts'
import type { RotatorKind } from './core/rotate/rotator.ts'
import { didYouMean } from './core/suggest.ts'
import { clock } from './io/clock.ts'
import { exec } from './io/exec.ts'
import { http } from './io/http.ts'
import { machine } from './io/machine.ts'
import { random } from './io/random.ts'
import { redis } from './io/redis.ts'
import { sql } from './io/sql.ts'
import { terminal } from './io/terminal.ts'
import { rotators } from './rotators/index.ts'

const doors: Omit<RotatorPorts, 'project' | 'directory' | 'home' | 'path'> = {
  clock,
  random,
  http,
  sql,
  exec,
  redis,
  terminal,
}

const surroundings = (): Pick<RotatorPorts, 'home' | 'path'> => ({
  home: machine.home,
  path: machine.environment['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
})

const kindOf = async ({ with: name, at }: Rotate): Promise<RotatorKind> => {
  const load = Object.hasOwn(rotators, name) ? rotators[name] : undefined
  if (load !== undefined) return load()
  const known = Object.keys(rotators)
  throw fail('CONFIG', `no rotator is called ${quoteName(name)}${didYouMean(name, known)}`, {
    at,
    hint: `there are ${known.join(', ')}`,
  })
}

/** @throws CONFIG for a name that no rotator has, and for wrong settings */
export const rotator: Ports['rotator'] = async (credential, { root, name }) =>
  (await kindOf(credential.rotate)).open(credential, { ...doors, ...surroundings(), project: name, directory: root })

/** @throws CONFIG for a name that no rotator has */
export const rotatesEach = async (rotate: Rotate): Promise<boolean> => (await kindOf(rotate)).isEach?.(rotate) ?? false

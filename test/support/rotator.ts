import { resolve } from 'node:path'
import { parseDuration } from '../../src/core/duration.ts'
import { credentialId, type Credential } from '../../src/core/rotate/credential.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { clock } from '../../src/io/clock.ts'
import { exec } from '../../src/io/exec.ts'
import { http } from '../../src/io/http.ts'
import { machine } from '../../src/io/machine.ts'
import { random } from '../../src/io/random.ts'
import { redis } from '../../src/io/redis.ts'
import { sql } from '../../src/io/sql.ts'
import { terminal } from '../../src/io/terminal.ts'

/** A credential as the manifest would declare it, with these settings in its `rotate:` map. */
export const credentialOf = (
  what: { readonly group: string; readonly names: readonly string[]; readonly host?: string | null },
  settings: Readonly<Record<string, unknown>>,
): Credential => {
  const text = (name: string): string | null => (typeof settings[name] === 'string' ? settings[name] : null)
  const { group, names, host = null } = what
  return {
    id: credentialId({ group, host }, null),
    group,
    names,
    host,
    rotate: {
      with: text('with') ?? '',
      every: parseDuration(text('every') ?? ''),
      overlap: parseDuration(text('overlap') ?? ''),
      user: text('user'),
      bytes: typeof settings['bytes'] === 'number' ? settings['bytes'] : 32,
      previous: text('previous'),
      breaks: text('breaks'),
      hint: text('hint'),
      settings,
      at: `lockstep.yaml: groups.${group}.rotate`,
    },
  }
}

/** The real doors. */
export const rotatorPorts = (over: Partial<RotatorPorts> = {}): RotatorPorts => ({
  clock,
  random,
  http,
  sql,
  exec,
  redis,
  terminal,
  project: 'shop',
  home: machine.home,
  path: machine.environment['PATH'] ?? '/usr/bin:/bin',
  directory: resolve(import.meta.dirname, '..', '..'),
  ...over,
})

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunOptions } from '../../src/core/ports.ts'
import type { RotatorPorts } from '../../src/core/rotate/rotator-ports.ts'
import { quoted } from '../../src/core/host-text.ts'
import { exec } from '../../src/io/exec.ts'
import type { TestFleet } from './fleet.ts'

type Exec = RotatorPorts['exec']

/** Programs as they are started in the controller's namespace, which alone reaches the hosts. */
export const execIn = (fleet: TestFleet): Exec => ({
  run: (command, args, options) => {
    const [file = '', ...rest] = fleet.controller([command, ...args])
    return exec.run(file, rest, options)
  },
})

/** The same, and something happens before or after each start of a program. `input` is what the program is fed. */
export const execWith = (
  inner: Exec,
  around: (input: string, run: () => ReturnType<Exec['run']>) => ReturnType<Exec['run']>,
): Exec => ({
  run: (command, args, options: RunOptions = {}) =>
    around(typeof options.input === 'string' ? options.input : '', () => inner.run(command, args, options)),
})

/** Does this script change a file on a host? */
export const isChange = (input: string): boolean => input.includes('mv -f')

/** Settings of ssh as an operator of these hosts has them, with this key. */
export const sshConfig = (
  fleet: TestFleet,
  name = 'ssh_config',
  identity: string = join(fleet.directory, 'id'),
): string => {
  const path = join(fleet.directory, name)
  const lines = [
    'Host *',
    `UserKnownHostsFile ${fleet.directory}/known_hosts`,
    'GlobalKnownHostsFile none',
    `IdentityFile ${identity}`,
    'IdentitiesOnly yes',
  ]
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** A file of a host, one character a byte. */
export const fileAt = (fleet: TestFleet, path: string): string => atob(fleet.at(1, `base64 -w0 ${quoted(path)}`).trim())

/** What is there keeps its owner and mode. */
export const putAt = (fleet: TestFleet, path: string, content: string): void => {
  fleet.at(1, `echo ${btoa(content)} | base64 -d >${quoted(path)}`)
}

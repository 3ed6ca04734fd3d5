import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RunOptions } from '../../src/core/ports.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { quoted } from '../../src/core/host-text.ts'
import { clock } from '../../src/io/clock.ts'
import { exec } from '../../src/io/exec.ts'
import type { TestFleet } from './fleet.ts'

type Exec = RotatorPorts['exec']

/** Programs as they are started in the controller's namespace, which alone reaches the hosts. */
export const execIn = (fleet: TestFleet): Exec => ({
  run: (command, args, options) => {
    const [file = '', ...rest] = fleet.controller([command, ...args])
    return exec.run(file, rest, options)
  },
  find: exec.find,
})

/** The same, and something happens before or after each start of a program. `input` is what the program is fed. */
export const execWith = (
  inner: Exec,
  around: (input: string, run: () => ReturnType<Exec['run']>) => ReturnType<Exec['run']>,
): Exec => ({
  ...inner,
  run: (command, args, options: RunOptions = {}) =>
    around(typeof options.input === 'string' ? options.input : '', () => inner.run(command, args, options)),
})

/** Does this script change a file on a host? */
export const isChange = (input: string): boolean => input.includes('mv -f')

/** The usual one takes as long as all the rest of a login. */
export const quickKex = 'KexAlgorithms=curve25519-sha256'

const controlPath = ({ directory }: TestFleet): string => join(directory, 'master-%r')

/** A login of root's there that others go through, which takes a tenth of one of their own. */
export const startMaster = async (fleet: TestFleet, config: string, host: string): Promise<ChildProcess> => {
  const [file = '', ...args] = fleet.controller(['ssh', '-F', config, '-M', '-N', `root@${host}`])
  const master = spawn(file, args, { stdio: 'ignore' })
  const socket = controlPath(fleet).replace('%r', 'root')
  for (let i = 0; !existsSync(socket); i++) {
    if (i > 200 || master.exitCode !== null) assert.fail('no master')
    await clock.sleep(25)
  }
  return master
}

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
    `ControlPath ${controlPath(fleet)}`,
    quickKex,
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

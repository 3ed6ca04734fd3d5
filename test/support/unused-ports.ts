import assert from 'node:assert/strict'
import type { Clock, Ports } from '../../src/core/ports.ts'

const unused = (): never => assert.fail('no test expects this door to be used')

const untilAborted: Clock['sleep'] = (_, signal) =>
  new Promise((resolve) => signal?.addEventListener('abort', () => resolve()))

/** Ports of which every door fails when it is used, time stands still and the machine is nowhere. Spread it and put
 *  in what the test is about. */
export const unusedPorts: Ports = {
  files: {
    read: unused,
    write: unused,
    create: unused,
    transact: unused,
    recover: unused,
    tail: unused,
    extend: unused,
    rename: unused,
    stat: unused,
    list: unused,
    makeDirectory: unused,
    remove: unused,
    briefly: unused,
    locked: unused,
  },
  exec: { run: unused, interactive: unused, find: unused },
  clock: { now: () => 0, sleep: untilAborted },
  random: { bytes: unused },
  terminal: { isInteractive: false, ask: unused, askHidden: unused, readInput: unused },
  http: { request: unused },
  server: { listen: unused },
  launcher: { place: unused, become: unused },
  provider: unused,
  rotator: unused,
  rotatesEach: unused,
  assets: { folder: unused, executable: unused, watchAgent: unused },
  fleet: { prepare: unused, run: unused, serve: unused },
  caller: { run: () => 'aa', command: null, reason: null, breakGlass: false, warn: unused },
  machine: {
    platform: 'linux',
    hostname: 'here',
    uid: 1000,
    user: 'me',
    pid: 1,
    parent: null,
    home: '/home/me',
    cwd: '/home/me',
    environment: {},
    isAlive: () => false,
  },
}

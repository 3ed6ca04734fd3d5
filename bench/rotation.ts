/** Rotating one credential that ten hosts share, over ssh (network namespaces of this machine), beside a delivery of a
 *  changed secret to the same hosts in the same batches. Each host runs a unit that is up at once (the stand-in for
 *  systemctl of the fleet's tests starts it): nearly all of it is ours. Needs root, sshd and ansible. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startFleet, type TestFleet } from '../test/support/fleet.ts'
import type { Contender, Figure, Prepared, Subject, Taken } from './compare.ts'
import { buildAll, makeProject, workplace } from './project.ts'
import { findProgram, runProgram } from './rivals.ts'

const hostCount = 10

/** The first host goes alone. */
const batchesOf = (atOnce: number): number => 1 + Math.ceil((hostCount - 1) / atOnce)

const prepare = async (): Promise<Prepared> => {
  const ansible = findProgram('ansible-playbook')
  if (process.getuid?.() !== 0 || ansible === null) return { figures: [], missing: ['root, sshd and ansible-playbook'] }
  const { launcher, executable } = buildAll()
  const { directory, remove } = workplace()
  const project = join(directory, 'bench')
  makeProject(executable, project, [['PLAIN', 'a-first-value']])
  const fleet = startFleet({ hosts: hostCount, net: 55 })
  mkdirSync(join(project, 'inventory'), { recursive: true })
  writeFileSync(join(project, 'inventory', 'production'), readFileSync(fleet.inventory))
  writeManifest(project, 1)
  for (let host = 1; host <= hostCount; host++) startUnit(fleet, host)
  const lockstep = (words: readonly string[]): void => {
    const [program = '', ...args] = fleet.controller([launcher, ...words, '--quiet'])
    runProgram(program, args, { cwd: project })
  }
  const set = (name: string): void =>
    runProgram(executable, ['set', name, '--quiet'], { cwd: project, input: randomBytes(24).toString('hex') })
  set('SESSION_KEY')
  lockstep(['backup', 'recovery', '--to', join(directory, 'recovery')])
  lockstep(['setup'])
  lockstep(['deploy'])
  const timed = (name: string, atOnce: number, words: readonly string[], before?: () => void): Contender => ({
    name,
    work: (): Taken => {
      writeManifest(project, atOnce)
      before?.()
      const startedAt = performance.now()
      lockstep(words)
      return { ms: performance.now() - startedAt, cpu: null }
    },
  })
  const change = (): void => set('PLAIN')
  const beside = (atOnce: number): Figure => ({
    name: `${hostCount} hosts in ${batchesOf(atOnce)} batches`,
    ours: timed('rotate', atOnce, ['rotate', 'SESSION_KEY']),
    rivals: [
      timed('deploy', atOnce, ['deploy'], change),
      timed('rotate --check', atOnce, ['rotate', 'SESSION_KEY', '--check']),
      { name: 'the units alone', work: () => restartOnes(fleet, batchesOf(atOnce)) },
    ],
    rounds: 3,
    promise: '1 s a batch beyond the units',
  })
  return {
    figures: [beside(hostCount - 1), beside(1)],
    clean: async () => {
      fleet.down()
      remove()
    },
  }
}

const writeManifest = (project: string, atOnce: number): void =>
  writeFileSync(
    join(project, 'lockstep.yaml'),
    `project: bench
groups:
  session: { keys: [SESSION_KEY], rotate: { with: random, breaks: sessions } }
  bench: { keys: [PLAIN] }
containers:
  web: { hosts: all, groups: [session, bench], systemd: web.service, receive: mount, health: { command: [test, -s, /run/up] } }
rollout: { at_once: ${atOnce} }
`,
  )

const unit = '[Service]\nExecStart=/bin/sh -c "echo > /run/up; exec sleep 100000"\n'

const startUnit = (fleet: TestFleet, host: number): void => {
  fleet.at(
    host,
    `install -m 755 /run/clone/test/fleet/systemctl /usr/bin/systemctl
    printf '${unit.replaceAll('\n', '\\n')}' > /etc/systemd/system/web.service && systemctl daemon-reload && systemctl start web.service`,
  )
}

/** One of each batch: the others of it are restarted meanwhile. */
const restartOnes = (fleet: TestFleet, batches: number): void => {
  for (let host = 1; host <= batches; host++) fleet.at(host, 'systemctl restart web.service && test -s /run/up')
}

export const rotation: Subject = { name: 'rotation', prepare }

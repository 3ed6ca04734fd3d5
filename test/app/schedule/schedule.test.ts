import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { listSchedule } from '../../../src/app/schedule/list-schedule.ts'
import type { ScheduleOptions } from '../../../src/app/schedule/schedule.ts'
import { installSchedule, removeSchedule } from '../../../src/app/schedule/schedule.ts'
import type { Places } from '../../../src/core/schedule/schedule-plan.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { wire } from '../../../src/wire.ts'
import { call } from '../../support/call.ts'
import { projectIn } from '../../support/project.ts'
import { refusal } from '../../support/refusal.ts'

interface Control {
  readonly ports: Ports
  readonly environment: Record<string, string>
  readonly root: string
  readonly places: Places
  readonly script: string
  readonly asked: string[]
  install(options?: Partial<ScheduleOptions>): ReturnType<typeof installSchedule>
  remove(): ReturnType<typeof removeSchedule>
  list(ports?: Ports): ReturnType<typeof listSchedule>
}

/** A control host's directories below the test's own, with a program that does nothing, and a systemctl that notes what
 *  it is asked. */
const control = async (t: TestContext, name = 'clone'): Promise<Control> => {
  const made = await projectIn(t, { files: { [`${name}/x`]: '', 'program/bin/lockstep': '#!/bin/sh\n' } })
  const top = made.root
  chmodSync(join(top, 'program/bin/lockstep'), 0o755)
  const places = { cron: join(top, 'etc/cron.d'), units: join(top, 'etc/units') }
  const path = join(top, 'path')
  for (const place of [...Object.values(places), path]) mkdirSync(place, { recursive: true })
  const clone = join(top, name)
  const asked: string[] = []
  const environment: Record<string, string> = { LOCKSTEP_PROGRAM: join(top, 'program/bin/lockstep') }
  const real = wire()
  const ports: Ports = {
    ...made.ports,
    exec: {
      ...real.exec,
      find: async (program) => (program === 'systemctl' ? '/bin/systemctl' : real.exec.find(program)),
      run: async (program, args, options) => {
        if (program !== 'systemctl') return real.exec.run(program, args, options)
        asked.push(args.join(' '))
        return { status: 0, stdout: new Uint8Array(), stderr: '' }
      },
    },
    files: {
      ...real.files,
      // this machine may not be run by systemd: the one of the test is
      stat: async (path) => real.files.stat(path === '/run/systemd/system' ? '/' : path),
    },
    machine: {
      ...made.ports.machine,
      uid: process.getuid?.() ?? 0,
      environment,
    },
  }
  const manifest = { ...made.project.manifest, directory: join(top, 'opt/shop') }
  const project = { ...made.project, root: clone, manifest }
  const defaults = { by: 'cron', commands: ['audit', 'status'], textfile: null, check: false, places, path } as const
  return {
    ports,
    environment,
    root: clone,
    places,
    script: join(top, 'opt/shop/scripts/manage-secrets.sh'),
    asked,
    install: (options = {}) => installSchedule(ports, project, { ...defaults, ...options }),
    remove: () => removeSchedule(ports, project, { check: false, places }),
    list: (as = ports) => listSchedule(as, project, { commands: defaults.commands, places }),
  }
}

/** A name in a directory that everybody can write. */
const loose = ({ root }: Control, name = ''): string => {
  const directory = join(root, '../loose')
  mkdirSync(directory, { recursive: true })
  chmodSync(directory, 0o777)
  return join(directory, name)
}

/** A Python like the system's, with an Ansible that it starts; `script` is what it does. */
const python = ({ root }: Control, script = ''): void => {
  const modules = join(root, '../usr/lib/python3/dist-packages')
  mkdirSync(modules, { recursive: true })
  mkdirSync(join(root, '../usr/bin'))
  writeFileSync(join(modules, 'ansible.py'), '')
  const program = join(root, '../usr/bin/python3')
  writeFileSync(program, `#!/bin/sh\n: > ${join(root, '../ran')}\n${script}\n`, { mode: 0o755 })
  writeFileSync(join(root, '../path/ansible-playbook'), `#!${program}\n`)
}

const cronFile = ({ places }: Control): string => join(places.cron, 'lockstep-shop')

test('install writes the script and the lines, a second time nothing, and remove takes exactly these away', async (t) => {
  const host = await control(t)
  writeFileSync(join(host.places.cron, 'other'), 'somebody’s own\n')
  await host.install({ check: true })
  assert.deepEqual([existsSync(host.script), readdirSync(host.places.cron)], [false, ['other']], '--check')
  const done = await host.install()
  assert.deepEqual(done.jobs, ['audit'], 'only what has a command')
  assert.equal(statSync(host.script).mode & 0o777, 0o755)
  assert.equal(statSync(cronFile(host)).mode & 0o777, 0o644)
  assert.match(readFileSync(cronFile(host), 'utf8'), /\n0 6 \* \* \* root \S+\/manage-secrets\.sh audit\n$/)
  const before = statSync(cronFile(host)).ino
  assert.ok((await host.install()).files.every(({ state }) => state === 'kept' || state === 'absent'))
  assert.equal(statSync(cronFile(host)).ino, before)
  await host.remove()
  assert.deepEqual([existsSync(host.script), readdirSync(host.places.cron)], [false, ['other']])
})

test('both jobs are installed once both commands exist', async (t) => {
  const host = await control(t)
  await host.install({ commands: ['audit', 'backup'] })
  assert.equal(readFileSync(cronFile(host), 'utf8').match(/^\d.*$/gm)?.length, 2)
})

test('a rotation that would be refused by itself is said when it is installed', async (t) => {
  const host = await control(t)
  const commands = ['audit', 'rotate']
  const alone = await host.install({ commands })
  assert.deepEqual([alone.jobs, alone.notes], [['rotate', 'audit'], []], 'in no repository')
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  assert.equal(spawnSync('git', ['init', '-q', host.root], { env }).status, 0)
  const [note = '', ...more] = (await host.install({ commands })).notes
  assert.match(note, /^the job rotate will be refused: nobody would commit .*; git: \{ commit: true, push: true \}/)
  assert.deepEqual(more, [])
  assert.deepEqual((await host.install()).notes, [], 'without that job')
})

test('the script runs its program in its clone, from anywhere, under the shortest environment', async (t) => {
  const host = await control(t, 'it’s a 100% clone')
  await host.install()
  writeFileSync(join(host.root, '../program/bin/lockstep'), '#!/bin/sh\npwd; echo "$@"\n')
  const done = spawnSync('env', ['-i', host.script, 'audit', '--hosts', 'a b'], { cwd: '/', encoding: 'utf8' })
  assert.deepEqual([done.status, done.stdout, done.stderr], [0, `${host.root}\naudit --hosts a b\n`, ''])
  const wrong = spawnSync(host.script, ['get', 'KEY'], { cwd: '/', encoding: 'utf8' })
  assert.deepEqual([wrong.status, wrong.stdout], [2, ''])
})

test('timers instead of lines: one of the two, never both', async (t) => {
  const host = await control(t)
  await host.install()
  await host.install({ by: 'systemd' })
  assert.deepEqual(readdirSync(host.places.cron), [])
  assert.deepEqual(readdirSync(host.places.units), ['lockstep-shop-AUDIT.service', 'lockstep-shop-AUDIT.timer'])
  assert.deepEqual(host.asked, ['daemon-reload', 'enable --now lockstep-shop-AUDIT.timer'])
  host.asked.length = 0
  await host.install()
  assert.deepEqual(readdirSync(host.places.units), [])
  assert.deepEqual(host.asked, ['disable --now lockstep-shop-AUDIT.timer', 'daemon-reload'])
})

test('what was edited is listed, and put right by install', async (t) => {
  const host = await control(t)
  await host.install({ textfile: '/var/lib/x.prom' })
  const listed = await host.list()
  assert.deepEqual(listed.edited, [])
  assert.deepEqual(
    listed.jobs.map(({ job, state, isOverdue }) => [job, state, isOverdue]),
    [
      ['rotate', 'no command', false],
      ['audit', 'installed', false],
      ['backup', 'no command', false],
    ],
  )
  writeFileSync(cronFile(host), readFileSync(cronFile(host), 'utf8').replace('0 6', '*/5 *'))
  assert.deepEqual((await host.list()).edited, [cronFile(host)])
  await host.install({ textfile: '/var/lib/x.prom' })
  assert.deepEqual((await host.list()).edited, [])
  chmodSync(host.script, 0o777)
  assert.deepEqual((await host.list()).edited, [host.script])
})

test('another account sees what is installed, and that it does not know how it ran', async (t) => {
  const host = await control(t)
  for (const by of ['cron', 'systemd'] as const) {
    await host.install({ by })
    const { machine } = host.ports
    const other = await host.list({ ...host.ports, machine: { ...machine, home: `${machine.home}/other` } })
    assert.deepEqual([other.by, other.isOfAnother, (await host.list()).isOfAnother], [by, true, false])
    assert.deepEqual(
      other.jobs.map(({ state }) => state),
      ['no command', 'installed', 'no command'],
    )
  }
})

test('a file of somebody else’s is not written over', async (t) => {
  const host = await control(t)
  writeFileSync(cronFile(host), '0 6 * * * root mine\n')
  await refusal('CONFLICT', () => host.install())
  assert.equal(readFileSync(cronFile(host), 'utf8'), '0 6 * * * root mine\n')
  assert.equal(existsSync(host.script), false, 'nothing was begun')
})

for (const [name, spoil] of [
  ['a file of the clone', (host: Control) => chmodSync(join(host.root, 'x'), 0o664)],
  ['the clone itself', (host: Control) => chmodSync(host.root, 0o777)],
  ['what is above it', (host: Control) => chmodSync(join(host.root, '..'), 0o775)],
  ['the program', (host: Control) => chmodSync(join(host.root, '../program/bin/lockstep'), 0o757)],
  [
    'the folder of its script',
    (host: Control) => {
      mkdirSync(join(host.script, '..'), { recursive: true })
      chmodSync(join(host.script, '..'), 0o777)
    },
  ],
  ['the folder of its lines', (host: Control) => chmodSync(host.places.cron, 0o777)],
  [
    'what the folder of its script is a link to',
    (host: Control) => {
      loose(host)
      mkdirSync(join(host.script, '../..'), { recursive: true })
      symlinkSync(join(host.root, '../loose'), join(host.script, '..'))
    },
  ],
  [
    'where a link on the way to the program is',
    (host: Control) => {
      symlinkSync('../program', loose(host, 'turned'))
      symlinkSync('loose/turned/bin/lockstep', join(host.root, '../first'))
      host.environment['LOCKSTEP_PROGRAM'] = join(host.root, '../first')
    },
  ],
  ['the directory of PATH where node would be', (host: Control) => chmodSync(join(host.root, '../path'), 0o777)],
  [
    'the node that the program starts',
    (host: Control) => {
      writeFileSync(loose(host, 'node'), '')
      symlinkSync('../loose/node', join(host.root, '../path/node'))
    },
  ],
  [
    'a module of the Ansible that is found',
    (host: Control) => {
      const venv = join(host.root, '../venv')
      for (const folder of ['bin', 'lib']) mkdirSync(join(venv, folder), { recursive: true })
      writeFileSync(join(venv, 'pyvenv.cfg'), '')
      writeFileSync(join(venv, 'bin/ansible-playbook'), `#!${venv}/bin/python\n`)
      writeFileSync(join(venv, 'lib/ansible.py'), '', { mode: 0o666 })
      chmodSync(join(venv, 'lib/ansible.py'), 0o666)
      symlinkSync('../venv/bin/ansible-playbook', join(host.root, '../path/ansible-playbook'))
    },
  ],
  [
    'a module of the system’s Python',
    (host: Control) => {
      python(host)
      chmodSync(join(host.root, '../usr/lib/python3/dist-packages/ansible.py'), 0o664)
    },
  ],
  ['where this Python says that it has modules', (host: Control) => python(host, `printf %s ${loose(host)}`)],
  [
    'the Python of a script that pip gave two first lines',
    (host: Control) => {
      writeFileSync(loose(host, 'python3'), '')
      const lines = ['#!/bin/sh', `'''exec' ${loose(host, 'python3')} "$0" "$@"`, "' '''"]
      writeFileSync(join(host.root, '../path/ansible-playbook'), lines.join('\n'))
    },
  ],
  [
    'the Python that env is told of with -S',
    (host: Control) => {
      writeFileSync(loose(host, 'python3'), '')
      symlinkSync('../loose/python3', join(host.root, '../path/python3'))
      writeFileSync(join(host.root, '../path/ansible-playbook'), '#!/usr/bin/env -S python3 -I\n')
    },
  ],
  [
    'the program that git is a script of',
    (host: Control) => {
      writeFileSync(loose(host, 'perl'), '')
      symlinkSync('../loose/perl', join(host.root, '../path/perl'))
      writeFileSync(join(host.root, '../path/git'), '#! /usr/bin/env perl\n')
    },
  ],
  [
    'above what a link of the clone leads to',
    (host: Control) => {
      mkdirSync(loose(host, 'under'))
      symlinkSync(loose(host, 'under'), join(host.root, 'hosts'))
    },
  ],
  [
    'above what a link behind a link of the clone leads to',
    (host: Control) => {
      mkdirSync(join(host.root, '../behind'))
      mkdirSync(loose(host, 'under'))
      symlinkSync(loose(host, 'under'), join(host.root, '../behind/further'))
      symlinkSync(join(host.root, '../behind'), join(host.root, 'hosts'))
    },
  ],
] as const) {
  test(`others can write ${name}: refused, and nothing is written`, async (t) => {
    const host = await control(t)
    spoil(host)
    const error = await refusal('UNSAFE', () => host.install())
    assert.match(error.hint ?? '', /^look at it, then chown (-R )?root: /)
    assert.deepEqual([existsSync(host.script), readdirSync(host.places.cron)], [false, []])
  })
}

test('links that are root’s are gone through, and the script starts what they lead to', async (t) => {
  const host = await control(t)
  symlinkSync('program/bin/lockstep', join(host.root, '../link'))
  symlinkSync(join(host.root, 'x'), join(host.root, 'y'))
  host.environment['LOCKSTEP_PROGRAM'] = join(host.root, '../link')
  await host.install()
  assert.match(readFileSync(host.script, 'utf8'), /^exec \S+\/program\/bin\/lockstep "/m)
})

test('a link of the clone that leads nowhere is refused: others may make what it leads to', async (t) => {
  const host = await control(t)
  symlinkSync('/tmp/not-there', join(host.root, 'hosts'))
  const error = await refusal('UNSAFE', () => host.install())
  assert.match(error.message, /leads nowhere/)
})

test('a program is not run before it is known to be root’s', async (t) => {
  const host = await control(t)
  const ran = join(host.root, '../ran')
  writeFileSync(join(host.root, '../program/bin/lockstep'), `#!/bin/sh\n: > ${ran}\n`)
  chmodSync(join(host.root, '../program'), 0o777)
  await refusal('UNSAFE', () => host.install())
  assert.equal(existsSync(ran), false)
  chmodSync(join(host.root, '../program'), 0o755)
  await host.install()
  assert.equal(existsSync(ran), true)
})

test('nor is a Python before its modules are', async (t) => {
  const host = await control(t)
  python(host)
  const modules = join(host.root, '../usr/lib/python3')
  chmodSync(modules, 0o777)
  await refusal('UNSAFE', () => host.install())
  assert.equal(existsSync(join(host.root, '../ran')), false)
  chmodSync(modules, 0o755)
  await host.install()
  assert.equal(existsSync(join(host.root, '../ran')), true)
})

test('an Ansible whose starting cannot be followed is refused', async (t) => {
  const host = await control(t)
  const program = join(host.root, '../path/ansible-playbook')
  for (const line of ['#!/bin/sh', '#!/usr/bin/env bash', '#!/usr/bin/env -i python3', `#!${program}`]) {
    writeFileSync(program, `${line}\nexec python3\n`)
    const error = await refusal('UNSAFE', () => host.install())
    assert.equal(error.at, program, line)
  }
})

test('a program that does not start with the PATH of a job is refused now', async (t) => {
  const host = await control(t)
  writeFileSync(join(host.root, '../program/bin/lockstep'), '#!/usr/bin/env no-such-interpreter\n')
  await refusal('UNAVAILABLE', () => host.install())
})

test('where there is no cron, nothing is made for it', async (t) => {
  const host = await control(t)
  rmSync(host.places.cron, { recursive: true })
  await refusal('UNAVAILABLE', () => host.install())
  assert.deepEqual([existsSync(host.places.cron), existsSync(host.script)], [false, false])
})

test('only root installs, everybody may look', async (t) => {
  const { ports } = await projectIn(t)
  const me = { ...ports, machine: { ...ports.machine, uid: 1000 } }
  const refused = await call(['schedule', 'install'], me)
  assert.equal(refused.status, 5)
  assert.match(refused.stderr, /hint: sudo lockstep schedule install/)
  const listed = await call(['schedule', 'list'], me)
  assert.equal(listed.status, 0)
  assert.match(listed.stdout, /^audit +not installed +never/m)
})

import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { chmodSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { readAlerts } from '../../../src/app/alerts/alert-store.ts'
import { afterAudit } from '../../../src/app/alerts/after-look.ts'
import { listAlerts } from '../../../src/app/alerts/list-alerts.ts'
import { statePath } from '../../../src/app/project/state-path.ts'
import type { Finding } from '../../../src/core/audit/findings.ts'
import { finding } from '../../../src/core/audit/findings.ts'
import { fail } from '../../../src/core/errors.ts'
import type { Ports } from '../../../src/core/ports.ts'
import { wire } from '../../../src/wire.ts'
import { call } from '../../support/call.ts'
import { hookServer } from '../../support/hook-server.ts'
import { projectIn, type TestProject } from '../../support/project.ts'
import { temporary } from '../../support/temporary.ts'

const key = 'canary-hook-key-0123456789'

const loose = (path: string): Finding =>
  finding('WORLD-READABLE', { host: 'host1', path, message: 'mode is 644', fix: `chmod 600 ${path}` })

/** An audit of host1 that found this; what was said on standard error. */
const audit = async ({ ports, project }: TestProject, ...findings: readonly Finding[]): Promise<readonly string[]> => {
  const said: string[] = []
  const report = {
    environment: 'production',
    hosts: ['host1'],
    audited: 1,
    missed: 0,
    findings,
    accepted: [],
    mended: [],
    backup: null,
    rotations: null,
  }
  await afterAudit(ports, project, report, { isWhole: true, line: (line) => void said.push(line) })
  return said
}

const events = (body: string): readonly string[] =>
  JSON.parse(body).alerts.map((one: { event: string; path: string }) => `${one.event} ${one.path}`)

const shop = (t: TestContext, alerts: string, ports: Partial<Ports> = {}): Promise<TestProject> =>
  projectIn(t, { manifest: `project: shop\nalerts:\n${alerts}`, secrets: { ops: { HOOK_KEY: key } }, ports })

test('a webhook is told once, and once when it is over, with a signature that can be checked', async (t) => {
  const server = await hookServer(t)
  const project = await shop(t, `  - { webhook: "${server.url}", sign: HOOK_KEY }\n`)
  await audit(project, loose('/opt/shop/x'))
  await audit(project, loose('/opt/shop/x'))
  await audit(project)
  assert.deepEqual(
    server.received.flatMap(({ body }) => events(body)),
    ['open /opt/shop/x', 'gone /opt/shop/x'],
  )
  for (const { method, path, headers, body } of server.received) {
    assert.deepEqual([method, path, headers['content-type']], ['POST', '/hook', 'application/json'])
    // as the guide tells receivers to check it
    const expected = createHmac('sha256', key)
      .update(`${String(headers['lockstep-timestamp'])}.${body}`)
      .digest('hex')
    assert.equal(headers['lockstep-signature'], `v1=${expected}`)
  }
  assert.equal(new Set(server.received.map(({ body }) => JSON.parse(body).alerts[0].id)).size, 2)
})

for (const [name, status, headers] of [
  ['refuses', 500, {}],
  ['points elsewhere', 302, { location: 'http://127.0.0.1:1/' }],
] as const) {
  test(`a webhook that ${name} is named, and told the next time`, async (t) => {
    const server = await hookServer(t)
    const project = await shop(t, `  - { webhook: "${server.url}" }\n  - { stderr: true }\n`)
    server.answer(status, headers)
    const said = await audit(project, loose('/opt/shop/x'))
    assert.match(said[0] ?? '', new RegExp(`^webhook 127.0.0.1:\\d+ did not take an alert: .* answered ${status}`))
    assert.match(said[1] ?? '', /^alert: shop production: high WORLD-READABLE host1 \/opt\/shop\/x: mode is 644$/)
    const { sinks, open } = await listAlerts(project.ports, project.project)
    assert.deepEqual(
      sinks.map((one) => [one.waiting, one.failed?.tries ?? 0]),
      [
        [1, 1],
        [0, 0],
      ],
    )
    assert.equal(open.length, 1)
    server.answer(200)
    assert.deepEqual(await audit(project, loose('/opt/shop/x')), [])
    assert.deepEqual(
      server.received.map(({ body }) => events(body)),
      [['open /opt/shop/x'], ['open /opt/shop/x']],
    )
    assert.equal((await listAlerts(project.ports, project.project)).sinks[0]?.failed, null)
  })
}

test('the address of a Slack webhook is nowhere but in the request', async (t) => {
  const server = await hookServer(t)
  const project = await shop(t, '  - { slack: SLACK_URL }\n')
  const path = 'canary-T000/B000/XXXX'
  await project.ports.files.recover(project.root)
  const address = `${server.url}/${path}`
  const set = await call(['set', 'SLACK_URL', '-g', 'ops'], {
    ...project.ports,
    terminal: { ...project.ports.terminal, readInput: async () => new TextEncoder().encode(address) },
  })
  assert.equal(set.status, 0, set.stderr)
  await audit(project, loose('/opt/shop/<!channel>'))
  assert.equal(server.received[0]?.path, `/hook/${path}`)
  assert.match(JSON.parse(server.received[0]?.body ?? '').text, /\/opt\/shop\/&lt;!channel&gt;/)
  server.answer(403)
  const said = [
    ...(await audit(project, loose('/y'))),
    JSON.stringify(await listAlerts(project.ports, project.project)),
  ]
  const down = { ...project.ports, http: { request: () => wire().http.request(`http://127.0.0.1:1/${path}`) } }
  said.push(...(await audit({ ...project, ports: down }, loose('/y'))))
  assert.match(
    said.join('\n'),
    /the address in SLACK_URL answered 403[^]*the address in SLACK_URL could not be reached/,
  )
  assert.doesNotMatch(said.join('\n'), /canary|127\.0\.0\.1/)
  const kept = readFileSync(statePath(project.ports, 'alerts', project.project), 'utf8')
  assert.doesNotMatch(kept, /canary|127\.0\.0\.1/)
})

test('a mailer is handed a message on standard input, and no address as an argument', async (t) => {
  const directory = temporary(t, {
    // as sendmail -t -i: recipients from the headers, the message to its end
    sendmail: '#!/bin/sh\necho "$@" > "${0%/*}/arguments"\ncat > "${0%/*}/mail"\n',
  })
  chmodSync(join(directory, 'sendmail'), 0o700)
  const real = wire()
  const exec: Ports['exec'] = {
    ...real.exec,
    find: async (name) => (name === '/usr/sbin/sendmail' ? name : null),
    run: (_, args, options) => real.exec.run(join(directory, 'sendmail'), args, options),
  }
  const project = await shop(t, '  - { email: [ops@example.com], from: l@example.com }\n', { exec })
  await audit(project, loose('/opt/shop/x\r\nBcc: everybody@example.com'))
  assert.equal(readFileSync(join(directory, 'arguments'), 'utf8'), '-t -i\n')
  const [head = '', body = ''] = readFileSync(join(directory, 'mail'), 'utf8').split('\n\n')
  assert.match(head, /^From: l@example\.com\nTo: ops@example\.com\nSubject: \[lockstep\] shop production: high/)
  assert.doesNotMatch(head, /^Bcc/m)
  assert.match(Buffer.from(body, 'base64').toString('utf8'), /mode is 644/)
})

test('a command gets JSON, runs in the project, and is given no password of ours', async (t) => {
  const project = await shop(t, '  - { command: [sh, -c, "cat > got; env > env; pwd > where"] }\n')
  await audit(project, loose('/opt/shop/x'))
  assert.deepEqual(events(readFileSync(join(project.root, 'got'), 'utf8')), ['open /opt/shop/x'])
  assert.equal(readFileSync(join(project.root, 'where'), 'utf8'), `${project.root}\n`)
  assert.doesNotMatch(readFileSync(join(project.root, 'env'), 'utf8'), /LOCKSTEP_PASSWORD_FILE/)
})

test('a command that fails, or is not there, is named without its arguments', async (t) => {
  const project = await shop(t, '  - { command: [sh, -c, "exit 3", topsecret] }\n  - { command: [no-such-program] }\n')
  const said = await audit(project, loose('/opt/shop/x'))
  assert.match(
    said.join('\n'),
    /^command sh did not take an alert: sh ended with 3; .*\ncommand no-such-program did not/,
  )
  assert.doesNotMatch(said.join('\n'), /topsecret/)
})

const line = 'shop production: high WORLD-READABLE host1 /opt/shop/x: mode is 644\n'
const words = '-t lockstep -p daemon.warning'

for (const [name, log, takes, asked] of [
  ['a logger that hears of errors', 'link', 'logger', [`logger --socket-errors=on ${words}`]],
  [
    'a simple logger at a socket',
    'other',
    `logger ${words}`,
    [`logger --socket-errors=on ${words}`, `logger ${words}`],
  ],
  [
    'a simple logger where nobody may listen, and journald',
    'link',
    'systemd-cat',
    [`logger --socket-errors=on ${words}`, 'systemd-cat -t lockstep -p warning cat'],
  ],
  ['journald alone', null, 'systemd-cat', ['systemd-cat -t lockstep -p warning cat']],
  ['nobody', null, 'nobody', ['systemd-cat -t lockstep -p warning cat']],
] as const) {
  test(`the journal is handed lines on standard input: ${name}`, async (t) => {
    const real = wire()
    const calls: string[] = []
    const exec: Ports['exec'] = {
      ...real.exec,
      run: async (program, args, options) => {
        assert.equal(options?.input, line)
        calls.push([program, ...args].join(' '))
        return { status: calls.at(-1)?.startsWith(takes) === true ? 0 : 1, stdout: new Uint8Array(), stderr: '' }
      },
    }
    const at = { mode: 0o666, uid: 0, gid: 0, size: 0, links: 1, modifiedAt: 0 }
    const files: Ports['files'] = {
      ...real.files,
      stat: async (path) => (path !== '/dev/log' ? real.files.stat(path) : log === null ? null : { ...at, kind: log }),
    }
    const project = await shop(t, '  - { journal: true }\n', { exec, files })
    const said = await audit(project, loose('/opt/shop/x'))
    assert.deepEqual(calls, asked)
    assert.equal(said.length, takes === 'nobody' ? 1 : 0, said.join())
  })
}

test('a flood is one message', async (t) => {
  const server = await hookServer(t)
  const project = await shop(t, `  - { webhook: "${server.url}" }\n`)
  await audit(project, ...Array.from({ length: 40 }, (_, i) => loose(`/opt/shop/${i}`)))
  assert.deepEqual(
    server.received.map(({ body }) => events(body).length),
    [40],
  )
})

test('what one host says keeps no alert of another from a place that refuses it', async (t) => {
  const server = await hookServer(t)
  server.block('<script>')
  const project = await shop(t, `  - { webhook: "${server.url}" }\n`)
  const of = (host: string, count: number, path: string): readonly Finding[] =>
    Array.from({ length: count }, (_, i) => ({ ...loose(`${path}${i}`), host }))
  const told = async (...findings: readonly Finding[]): Promise<readonly string[]> => {
    const from = server.received.length
    await audit(project, ...findings)
    const bodies = server.received.slice(from).map(({ body }) => body)
    return bodies.filter((body) => !body.includes('<script>')).flatMap(events)
  }
  const evil = of('host1', 1, '/<script>')
  assert.equal((await told(...evil, ...of('host2', 1, '/a'))).length, 1)
  const evils = [...evil, ...of('host1', 10, '/b')]
  assert.equal((await told(...evils, ...of('host2', 31, '/a'))).length, 30)
  const { sinks } = await listAlerts(project.ports, project.project)
  assert.equal(sinks[0]?.waiting, 11)
  assert.match(sinks[0]?.failed?.why ?? '', /answered 403/)
})

test('a place that does not answer at all is asked once', async (t) => {
  let asked = 0
  const http: Ports['http'] = {
    request: async () => {
      asked += 1
      throw fail('UNAVAILABLE', 'did not answer in time')
    },
  }
  const project = await shop(t, '  - { webhook: "https://ops.example.com/" }\n', { http })
  const said = await audit(project, loose('/a'), loose('/b'), loose('/c'))
  assert.deepEqual([asked, said.length], [1, 1])
})

test('what is told at night is told in the morning', async (t) => {
  const server = await hookServer(t)
  const project = await shop(t, `  - { webhook: "${server.url}", quiet: "22:00-07:00 UTC" }\n`)
  const mild = finding('WRONG-MODE', { host: 'host1', path: '/x', message: 'm', fix: 'f' })
  const at = (time: string): TestProject => ({
    ...project,
    ports: { ...project.ports, clock: { ...project.ports.clock, now: () => Date.parse(time) } },
  })
  await audit(at('2026-01-01T23:00:00Z'), mild, loose('/high'))
  assert.deepEqual(
    server.received.flatMap(({ body }) => events(body)),
    ['open /high'],
  )
  await audit(at('2026-01-02T07:00:00Z'), mild, loose('/high'))
  assert.deepEqual(
    server.received.flatMap(({ body }) => events(body)),
    ['open /high', 'open /x'],
  )
})

test('the records are for their owner alone, and one that others could have written is not believed', async (t) => {
  const project = await shop(t, '  - { stderr: true }\n')
  await audit(project, loose('/x'))
  for (const kind of ['known', 'alerts']) {
    const path = statePath(project.ports, kind, project.project)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.doesNotMatch(path, /\.lockstep/, 'not in the project, which a repository fills')
  }
  chmodSync(statePath(project.ports, 'known', project.project), 0o666)
  assert.match((await audit(project)).join('\n'), /^alerts and metrics do not know of this: /)
})

test('a record that cannot be read is said, with what removing it costs', async (t) => {
  const project = await shop(t, '  - { stderr: true }\n')
  await audit(project, loose('/x'))
  const path = statePath(project.ports, 'known', project.project)
  writeFileSync(path, '{"looks":')
  const said = await audit(project, loose('/x'))
  assert.deepEqual(said, [
    `alerts and metrics do not know of this: the record of what was last seen cannot be read; rm ${path}: what is open is then told again`,
  ])
})

test('a record that cannot be kept is said, and the audit stands', async (t) => {
  const project = await shop(t, '  - { stderr: true }\n')
  rmSync(join(project.root, 'home'), { recursive: true })
  writeFileSync(join(project.root, 'home'), 'no directory')
  assert.match((await audit(project, loose('/x'))).join('\n'), /^alerts and metrics do not know of this: /)
})

test('two that tell at once tell it once', async (t) => {
  const server = await hookServer(t)
  const project = await shop(t, `  - { webhook: "${server.url}" }\n`)
  await Promise.all(Array.from({ length: 5 }, () => audit(project, loose('/x'))))
  assert.deepEqual(
    server.received.flatMap(({ body }) => events(body)),
    ['open /x'],
  )
  assert.equal((await readAlerts(project.ports, project.project))?.count, 1)
})

test('alerts test tries every place, says what each answered, and touches no record', async (t) => {
  const server = await hookServer(t)
  const project = await shop(
    t,
    `  - { webhook: "${server.url}", sign: HOOK_KEY, severity: high, quiet: "00:00-23:59 UTC" }\n  - { command: ["false"] }\n`,
  )
  const all = await call(['alerts', 'test'], project.ports)
  assert.equal(all.status, 10)
  assert.match(
    all.stdout,
    /1 {2}webhook 127\.0\.0\.1:\d+ +ok +answered 200\n2 {2}command false +failed +false ended with 1\n/,
  )
  assert.equal(JSON.parse(server.received[0]?.body ?? '').test, true)
  assert.equal((await call(['alerts', 'test', '--to', '1'], project.ports)).status, 0)
  assert.equal((await call(['alerts', 'test', '--to', '2'], project.ports)).status, 6)
  assert.equal((await call(['alerts', 'test', '--to', '3'], project.ports)).status, 2)
  assert.equal(await readAlerts(project.ports, project.project), null)
})

test('alerts list says who is told and what is open', async (t) => {
  const project = await shop(t, '  - { email: [ops@example.com], severity: high }\n')
  const nothing = await call(['alerts', 'list'], project.ports)
  assert.match(nothing.stdout, /email ops@example\.com +high +never +0\n\nnothing is open\n$/)
  const bare = await projectIn(t)
  assert.match((await call(['alerts', 'list'], bare.ports)).stdout, /^nobody is told/)
  assert.equal((await call(['alerts', 'test'], bare.ports)).status, 3)
})

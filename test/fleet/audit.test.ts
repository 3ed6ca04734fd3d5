import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'

const random = (): string => randomBytes(18).toString('base64url').replaceAll(/[-_]/g, 'x')
const aws = random()
const sentence = `it's a $ecret: ${random()}/${random()}`

/** What is done to a host, and the finding that it must give: id, path, and what else its message says. */
interface Planted {
  readonly by: string
  readonly id: string
  readonly path: string | RegExp
  readonly says?: RegExp
}

/** Python where the machine may lack setfacl and setfattr: the same system call. */
const acl = (path: string, entries: string): string =>
  `python3 -c 'import os,struct;os.setxattr("${path}","system.posix_acl_access",struct.pack("<I",2)+b"".join(struct.pack("<HHI",*e) for e in [${entries}]))'`

const none = 0xffffffff
const letIn = `(1,6,${none}),(2,4,65534),(4,0,${none}),(16,4,${none}),(32,0,${none})`

const planted: readonly Planted[] = [
  { by: 'chmod 775 /opt', id: 'PARENT-LOOSE', path: '/opt' },
  { by: acl('/opt/shop/current/secrets/aws.env', letIn), id: 'ACL-GRANTS', path: /generations\/1\/secrets\/aws\.env$/ },
  {
    by: `python3 -c 'import os;os.setxattr("/opt/shop/host.json","user.note",b"x")'`,
    id: 'ODD-ATTRIBUTE',
    path: '/opt/shop/host.json',
  },
  { by: 'chattr +i /opt/shop/current/secrets/db.env', id: 'IMMUTABLE', path: /generations\/1\/secrets\/db\.env$/ },
  { by: `echo 'AWS_KEY=${aws}' > /opt/shop/scripts.sh~`, id: 'PLAINTEXT', path: '/opt/shop/scripts.sh~' },
  { by: 'cp /opt/shop/vault-password /opt/shop/notes', id: 'KEY-COPY', path: '/opt/shop/notes' },
  { by: `TOKEN=${aws} setsid sleep 300 >/dev/null 2>&1 &`, id: 'VALUE-IN-ENVIRONMENT', path: 'sleep of uid 0' },
  {
    by: `setsid sh -c 'sleep 300; :' ${Buffer.from(aws).toString('base64')} >/dev/null 2>&1 &`,
    id: 'VALUE-IN-ARGUMENTS',
    path: 'sh of uid 0',
  },
]

suite('what is really on a host', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let findings: readonly Readonly<Record<string, unknown>>[]

  before(async () => {
    fleet = startFleet({ hosts: 2, net: 65 })
    project = await startProject(fleet, 'project: shop\n', { aws: { AWS_KEY: aws }, db: { DB_KEY: sentence } })
    const { status } = await project.lockstep(['setup'])
    assert.equal(status, 0)
    fleet.at(1, planted.map((one) => one.by).join('\n'))
    const answer = await project.json(['audit'])
    assert.equal(answer.status, 9, JSON.stringify(answer.value))
    findings = JSON.parse(JSON.stringify(answer.value))['findings']
  })
  after(() => {
    fleet.statusAt(1, 'chattr -R -i -a /opt/shop')
    project.remove()
    fleet.down()
  })

  test('each planted problem is found', () => {
    const missed = planted.filter(({ id, path, says = /./ }) => {
      const isIt = (found: unknown): boolean => (typeof path === 'string' ? found === path : path.test(String(found)))
      return !findings.some(
        (one) => one['host'] === 'host1' && one['id'] === id && isIt(one['path']) && says.test(String(one['message'])),
      )
    })
    assert.deepEqual(missed, [], JSON.stringify(findings, null, 1))
  })

  test('nothing is found on a host that is in order', () => {
    const found = findings.filter((one) => one['host'] === 'host2' && one['severity'] !== 'info')
    assert.deepEqual(found, [])
  })

  test('no value is in what is told', () => {
    const told = JSON.stringify(findings)
    for (const value of [aws, sentence, Buffer.from(aws).toString('base64')]) assert.ok(!told.includes(value))
  })
})

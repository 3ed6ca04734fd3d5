import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { baseImage } from '../support/image-base.ts'
import type { Planted } from './audit-planted.ts'
import { plantedEngine, plantedMachine, plantedPaths, plantedValues } from './audit-planted.ts'

const random = (): string => randomBytes(18).toString('base64url').replaceAll(/[-_]/g, 'x')
const aws = random()
const sentence = `it's a $ecret: ${random()}/${random()}`

type Findings = readonly Readonly<Record<string, unknown>>[]

/** In subshells: what one of them sets is no other's. The first that fails ends it and is named. */
const script = (planted: readonly Planted[]): string =>
  planted.map(({ by }, index) => `(\n${by}\n) || { echo "planting ${index} failed" >&2; exit 1; }`).join('\n')

const isFound = (findings: Findings, { id, path, says = /./ }: Planted): boolean =>
  findings.some(
    (one) =>
      one['host'] === 'host1' &&
      one['id'] === id &&
      (typeof path === 'string' ? one['path'] === path : path.test(String(one['path']))) &&
      says.test(String(one['message'])),
  )

suite('what is really on a host', { concurrency: false }, () => {
  const work = mkdtempSync(join(tmpdir(), 'lockstep-audit-'))
  let fleet: TestFleet
  let project: FleetProject
  let planted: readonly Planted[]
  let findings: Findings

  before(async () => {
    writeFileSync(join(work, 'base.tar'), baseImage(join(work, 'base'), null))
    fleet = startFleet({ hosts: 2, net: 65, docker: true })
    project = await startProject(fleet, 'project: shop\n', {
      aws: { AWS_KEY: aws, PIN: '1234' },
      db: { DB_KEY: sentence },
    })
    assert.equal((await project.lockstep(['setup'])).status, 0)
    const projectPassword = readFileSync(join(project.directory, '.vault-password'), 'utf8').trim()
    const values = { aws, sentence, projectPassword }
    planted = [...plantedMachine(), ...plantedValues(values), ...plantedEngine(values), ...plantedPaths()]
    writeFileSync(join(fleet.directory, 'h1/priv/srv/base.tar'), readFileSync(join(work, 'base.tar')))
    writeFileSync(join(fleet.directory, 'h1/priv/srv/said'), `${aws}\n`)
    writeFileSync(join(fleet.directory, 'h1/priv/srv/plant'), script(planted))
    fleet.at(1, `docker import -c 'CMD ["true"]' /srv/base.tar shop/sh:1 && sh /srv/plant && rm /srv/plant`)
    const answer = await project.json(['audit', '--hosts', 'host1,host2'])
    assert.equal(answer.status, 9, JSON.stringify(answer.value))
    findings = JSON.parse(JSON.stringify(answer.value))['findings']
  })
  after(() => {
    fleet.statusAt(1, 'chattr -R -i -a /opt')
    project.remove()
    fleet.down()
    rmSync(work, { recursive: true, force: true })
  })

  test('each of more than forty planted problems is found', () => {
    assert.ok(planted.length > 40)
    const missed = planted.filter((one) => !isFound(findings, one))
    assert.deepEqual(missed, [], JSON.stringify(findings, null, 1))
  })

  test('on a host that is in order there is nothing but what it is', () => {
    // versions of programs are those of the machine that runs the tests
    const own = findings.filter((one) => one['host'] === 'host2' && one['id'] !== 'TOOL-ADVISORY')
    const found = own.map((one) => `${one['severity']} ${one['id']}`)
    assert.deepEqual(found.toSorted(), ['info KEY-BESIDE', 'info NOT-SOUGHT', 'info ROOT-KEYS', 'info SCOPE-WIDE'])
  })

  test('it is in the access log, as a look', () => {
    const log = readFileSync(join(project.directory, '.lockstep/access.jsonl'), 'utf8')
    assert.match(log, /"action":"look",[^\n]*"command":"audit",[^\n]*"result":"done"/)
  })

  test('no value is in what is told', () => {
    const told = JSON.stringify(findings)
    for (const value of [aws, sentence, Buffer.from(aws).toString('base64')]) assert.ok(!told.includes(value))
  })
})

/** ansible/plugins/module_utils/receiver/audit_*.py, cgroup.py: what is made of files that people write. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'

const collection = resolve(import.meta.dirname, '../../ansible/plugins/module_utils')

/** What an expression of Python gives for each of these texts. */
const each = (expression: string, texts: readonly string[]): readonly unknown[] => {
  const script = `import json, sys
sys.path.insert(0, ${JSON.stringify(collection)})
from receiver import audit_machine, audit_engine, cgroup
print(json.dumps([${expression} for text in json.load(sys.stdin)]))`
  const { stdout, stderr } = spawnSync('python3', ['-B', '-c', script], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

const table = (expression: string, cases: readonly (readonly [string, unknown])[]): void => {
  const found = each(
    expression,
    cases.map(([text]) => text),
  )
  for (const [index, [text, expected]] of cases.entries()) assert.deepEqual(found[index], expected, text)
}

test('sudo rules that give everything without a password', () => {
  table('audit_machine.NO_PASSWORD.findall(text)', [
    ['deploy ALL=(ALL) NOPASSWD: ALL', ['deploy']],
    ['%wheel  ALL = (ALL:ALL) NOPASSWD:ALL', ['%wheel']],
    ['deploy ALL=NOPASSWD: ALL', ['deploy']],
    ['deploy ALL=(root) SETENV: NOPASSWD: ALL\nann ALL=(ALL) NOPASSWD: SETENV: ALL', ['deploy', 'ann']],
    ['\tdeploy host1 = (ALL) NOPASSWD: ALL', ['deploy']],
    ['# deploy ALL=(ALL) NOPASSWD: ALL', []],
    ['deploy ALL=(ALL) ALL', []],
    ['deploy ALL=(ALL) NOPASSWD: /usr/bin/true', []],
    ['deploy ALL=(ALL) NOPASSWD: /bin/x ALL', []],
    ['Defaults env_reset', []],
    ['', []],
  ])
})

test('the container or the service of a control group', () => {
  const id = 'ab'.repeat(32)
  const of = (container: string | null, unit: string | null = null): object => ({ container, unit })
  table('cgroup.group_in(text)', [
    [`0::/system.slice/docker-${id}.scope`, of(id)],
    [`12:memory:/docker/${id}\n11:cpu:/`, of(id)],
    [`0::/machine.slice/libpod-${id}.scope/container`, of(id)],
    [`0::/system.slice/report.service/libpod-payload-${id}`, of(id)],
    [`11:cpu:/\n4:memory:/process_api/${'ab'.repeat(16)}`, of(null)],
    [`0::/system.slice/${id}${id}.scope`, of(null)],
    ['0::/system.slice/cron.service', of(null, 'cron.service')],
    ['1:name=systemd:/system.slice/report.service\n0::/', of(null, 'report.service')],
    ['0::/system.slice/report.service/other.service', of(null, 'report.service')],
    ['0::/user.slice/session-1.scope', of(null)],
    // what users name themselves says nothing of whose it is
    ['0::/user.slice/user-7.slice/user@7.service/app.slice/report.service', of(null, 'user@7.service')],
    [`0::/user.slice/user-7.slice/user@7.service/docker-${id}.scope`, of(null, 'user@7.service')],
    ['', of(null)],
  ])
})

test('bits of an RSA key, and nothing of what is none', () => {
  const number = (bytes: Buffer): Buffer => {
    const size = Buffer.alloc(4)
    size.writeUInt32BE(bytes.length)
    return Buffer.concat([size, bytes])
  }
  const key = (bits: number): string => {
    const modulus = Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(bits / 8 - 1)])
    return Buffer.concat([number(Buffer.from('ssh-rsa')), number(Buffer.from([1, 0, 1])), number(modulus)]).toString(
      'base64',
    )
  }
  table('audit_machine.rsa_bits(text)', [
    [key(1024), 1024],
    [key(4096), 4096],
    ['', null],
    ['AAAA', null],
    ['not base64 at all!', null],
  ])
})

test('texts of an inspection, each on a line of its own', () => {
  table('audit_engine.lines(json.loads(text)).decode()', [
    ['["A=1", ["B=2"], "c"]', 'A=1\nB=2\nc'],
    ['"x"', 'x'],
    ['null', ''],
    ['{"a": 1}', ''],
  ])
})

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Code } from '../../src/core/errors.ts'
import type { RunOptions, RunResult } from '../../src/core/ports.ts'
import type { Rotator } from '../../src/core/rotate/rotator.ts'
import { Secret } from '../../src/core/secret.ts'
import { makeSshKeyPair, sshFingerprint, sshPublicOf } from '../../src/crypto/open-ssh-key.ts'
import { exec } from '../../src/io/exec.ts'
import { sshKey } from '../../src/rotators/ssh-key/ssh-key.ts'
import { rotator as wired } from '../../src/wire-rotator.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'

const pair = makeSshKeyPair('first')
const targets = ['deploy@host1.example.com']
const step = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
const held = { ...step, values: new Map([['DEPLOY_SSH_KEY', pair.private]]) }
const asked: (readonly string[])[] = []

const answer = ({ status = 0, stdout = '', stderr = '' }): RunResult => ({
  status,
  stdout: new TextEncoder().encode(stdout),
  stderr,
})

const open = (
  settings: Readonly<Record<string, unknown>>,
  answers: Parameters<typeof answer>[0] = {},
  names: readonly string[] = ['DEPLOY_SSH_KEY'],
): Rotator => {
  const run = async (command: string, args: readonly string[], _options?: RunOptions): Promise<RunResult> => {
    asked.push([command, ...args])
    return answer(answers)
  }
  const credential = credentialOf({ group: 'deploy', names }, { with: 'ssh-key', ...settings })
  return sshKey.open(credential, rotatorPorts({ exec: { ...exec, run }, directory: '/project' }))
}

suite('where a key logs in', () => {
  const table: readonly [Record<string, unknown>, readonly string[]][] = [
    [{}, ['-l', 'deploy', '--', 'host1.example.com', 'sh -s']],
    [{ targets: ['a_b-1.c@10.0.0.1:2222'] }, ['-p', '2222', '-l', 'a_b-1.c', '--', '10.0.0.1', 'sh -s']],
    [{ targets: ['root@[fd00::1]:22'] }, ['-p', '22', '-l', 'root', '--', 'fd00::1', 'sh -s']],
    [{ login: 'deploy' }, ['-l', 'deploy', '--', 'host1.example.com', 'sh -s']],
  ]
  for (const [settings, end] of table) {
    test(JSON.stringify(settings), async () => {
      asked.length = 0
      await refusal('UNAVAILABLE', open({ targets, ...settings }, { status: 255 }).look(held))
      const [program, ...args] = asked[0] ?? []
      assert.equal(program, 'ssh')
      assert.deepEqual(args.slice(-end.length), end)
      for (const must of ['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ControlMaster=no'])
        assert.ok(args.includes(must))
      assert.ok(!args.includes('-F'))
    })
  }

  test('settings of ssh that the project brings lie below it', async () => {
    asked.length = 0
    await refusal('UNAVAILABLE', open({ targets, config: 'ssh/config' }, { status: 255 }).look(held))
    assert.deepEqual(asked[0]?.slice(0, 3), ['ssh', '-F', '/project/ssh/config'])
  })

  test('another login becomes the account there', async () => {
    asked.length = 0
    await refusal('UNAVAILABLE', open({ targets, login: 'root' }, { status: 255 }).look(held))
    assert.deepEqual(asked[0]?.slice(-4, -1), ['root', '--', 'host1.example.com'])
    assert.match(asked[0]?.at(-1) ?? '', /^sh -c '.*su -s \/bin\/sh deploy .*sudo -n -H -u deploy sh -s.*'$/)
  })

  const refusals: readonly [Record<string, unknown>, RegExp][] = [
    [{}, /targets: is missing/],
    [{ targets: [] }, /targets: is missing/],
    [{ targets: 'deploy@host' }, /targets: must be a list/],
    [{ targets: ['a@h', 'a@h'] }, /named twice/],
    ...[
      'host',
      '-l@host',
      'a b@host',
      "a'@host",
      'a@-oProxyCommand=x',
      'a@h:0',
      'a@h:65536',
      'a@h:22:22',
      'a@fd00::1',
      'a@[h]',
      '@h',
      'a@',
    ].map((one): [Record<string, unknown>, RegExp] => [{ targets: [one] }, /targets: must be USER@HOST/]),
    [{ targets, via: 'host' }, /via: must be USER@HOST/],
    [{ targets, login: 'a;b' }, /login: is no name/],
    [{ targets, admin: 'root' }, /admin: must be one of own, key/],
    [{ targets, admin: 'key', login: 'root' }, /login: the key logs in to its own account alone/],
    [{ targets, host: 'h' }, /has no setting host/],
  ]
  for (const [settings, message] of refusals) {
    test(`refused: ${JSON.stringify(settings)}`, async () => {
      assert.match((await refusal('CONFIG', async () => open(settings))).message, message)
    })
  }

  test('refused: keys of which none is the private half, or more than one', async () => {
    for (const names of [
      ['DEPLOY_TOKEN', 'DEPLOY_PUBLIC_KEY'],
      ['A_SSH_KEY', 'B_SSH_KEY'],
    ]) {
      assert.match((await refusal('CONFIG', async () => open({ targets }, {}, names))).message, /^private: /)
    }
  })
})

suite('what ssh says', () => {
  const table: readonly [Code, string][] = [
    ['DENIED', 'deploy@host1: Permission denied (publickey).'],
    ['DENIED', 'Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures'],
    [
      'UNSAFE',
      'No ED25519 host key is known for host1 and you have requested strict checking.\nHost key verification failed.',
    ],
    ['UNSAFE', '@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.'],
    ['UNAVAILABLE', 'ssh: connect to host host1 port 22: Connection refused'],
    ['UNAVAILABLE', 'ssh: connect to host host1 port 22: Connection timed out'],
    ['UNAVAILABLE', 'ssh: Could not resolve hostname host1: Name or service not known'],
    ['UNAVAILABLE', 'Connection closed by UNKNOWN port 65535'],
    ['CONFIG', '/root/.ssh/config: line 1: Bad configuration option: canary'],
    ['CONFIG', 'Bad owner or permissions on /root/.ssh/config'],
  ]
  for (const [code, stderr] of table) {
    test(stderr.slice(0, 60), async () => {
      const banner = 'canary: authorized users only\n'
      const error = await refusal(code, open({ targets }, { status: 255, stderr: `${banner}${stderr}` }).look(held))
      assert.match(error.message, /^deploy@host1\.example\.com/)
      assert.doesNotMatch(`${error.message} ${error.hint}`, /canary/)
    })
  }

  const login = (lines: readonly string[]): Promise<void> => {
    const attempt = { ...step, former: new Map(), pending: held.values, marks: {} }
    return open({ targets }, { stdout: lines.join('\n') }).verify(attempt)
  }
  const [ours, theirs] = [sshFingerprint(sshPublicOf(pair.private) ?? ''), sshFingerprint(makeSshKeyPair('').public)]
  const offered = (print: string): string => `debug1: Offering public key: first ED25519 ${print} agent`
  const accepted = (print: string): string => `debug1: Server accepts key: first ED25519 ${print} agent`
  const isIn = 'Authenticated to host1.example.com ([10.0.0.1]:22) using "publickey".'
  const denied = 'deploy@host1: Permission denied (publickey).'

  test('the key is proved where the server took it last, and let it in', async () => {
    await login([offered(ours), accepted(ours), isIn])
    await login([offered(theirs), accepted(theirs), offered(ours), accepted(ours), isIn])
  })

  const proofs: readonly [Code, readonly string[]][] = [
    ['DENIED', [offered(ours), denied]],
    ['DENIED', [offered(ours), offered(theirs), accepted(theirs), isIn]],
    ['DENIED', [offered(ours), accepted(ours), offered(theirs), accepted(theirs), isIn]],
    // a second factor is wanted
    ['DENIED', [offered(ours), accepted(ours), 'Authenticated using "publickey" with partial success.', denied]],
    ['DENIED', [offered(ours), `debug1: Server accepts key: ${theirs.slice(0, -1)}`, isIn]],
    ['UNAVAILABLE', [offered(ours), accepted(ours)]],
    ['UNAVAILABLE', ['ssh: connect to host host1 port 22: Connection refused']],
    ['UNAVAILABLE', [accepted(theirs), isIn]],
    ['UNAVAILABLE', []],
  ]
  for (const [code, lines] of proofs) {
    test(`no proof: ${code} ${lines.join(' | ').replaceAll(ours, 'OURS').replaceAll(theirs, 'THEIRS')}`, async () =>
      void (await refusal(code, login(lines))))
  }
})

suite('the pair', () => {
  test('its comment says whose it is', async () => {
    const names = ['DEPLOY_PRIVATE_KEY', 'DEPLOY_PUBLIC_KEY']
    const credential = credentialOf({ group: 'deploy', names }, { with: 'ssh-key', targets })
    const { values } = await (await wired(credential, { root: '/', name: 'shop' })).propose(held)
    assert.deepEqual([...values.keys()], names)
    const [secret, open] = [...values.values()]
    assert.equal(open?.reveal(), `${sshPublicOf(secret ?? pair.private)} lockstep shop deploy`)
  })

  const unreadable: readonly [string, Readonly<Record<string, string>>, Code][] = [
    ['none yet', {}, 'CONFLICT'],
    ['no key', { DEPLOY_PRIVATE_KEY: 'canary' }, 'CONFLICT'],
    ['no key, nor a public half', { DEPLOY_PRIVATE_KEY: 'canary', DEPLOY_PUBLIC_KEY: 'canary' }, 'CONFLICT'],
    [
      'a kind we cannot read, with its public half',
      { DEPLOY_PUBLIC_KEY: 'ecdsa-sha2-nistp256 AAAA= me' },
      'UNAVAILABLE',
    ],
  ]
  for (const [what, values, code] of unreadable) {
    test(`in force is ${what}`, async () => {
      const rotator = open({ targets }, { status: 255 }, ['DEPLOY_PRIVATE_KEY', 'DEPLOY_PUBLIC_KEY'])
      const secrets = new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]))
      const error = await refusal(code, rotator.look({ ...step, values: secrets }))
      assert.doesNotMatch(`${error.message} ${error.hint}`, /canary/)
    })
  }
})

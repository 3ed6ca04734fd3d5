import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { fail } from '../../src/core/errors.ts'
import type { Attempt, Held, Rotator } from '../../src/core/rotate/rotator.ts'
import type { RotatorPorts } from '../../src/core/rotators/rotator-ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { makeSshKeyPair, sshPublicOf, type SshKeyPair } from '../../src/crypto/open-ssh-key.ts'
import { exec } from '../../src/io/exec.ts'
import { sshKey } from '../../src/rotators/ssh-key/ssh-key.ts'
import { rotatorConformance, type Upstream } from '../conformance/rotator.ts'
import { startFleet } from '../support/fleet.ts'
import { silentPort } from '../support/lossy-tcp.ts'
import { refusal } from '../support/refusal.ts'
import { credentialOf, rotatorPorts } from '../support/rotator.ts'
import { execIn, execWith, fileAt, isChange, putAt, quickKex, sshConfig, startMaster } from '../support/ssh-accounts.ts'

const fleet = startFleet({ hosts: 1, net: 58 })
after(fleet.down)

const host = '10.58.0.11'
const config = sshConfig(fleet)
const master = await startMaster(fleet, config, host)
after(() => void master.kill())
const within = execIn(fleet)
const restricted = 'restrict,command="echo forced; exit 3"'
const operator = readFileSync(join(fleet.directory, 'id.pub'), 'utf8').trim()

const known = <T>(value: T | undefined): T => value ?? assert.fail('not there')

// useradd takes its time, and each test has accounts of its own
const most = 40
fleet.at(
  1,
  `for i in $(seq ${most}); do
    echo "app$i:x:$((5000 + i)):$((5000 + i))::/home/app$i:/bin/bash" >>/etc/passwd
    echo "app$i:*:19000:0:99999:7:::" >>/etc/shadow
    echo "app$i:x:$((5000 + i)):" >>/etc/group
    mkdir -p /home/app$i/.ssh && chown -R $((5000 + i)):$((5000 + i)) /home/app$i && chmod 700 /home/app$i/.ssh
  done`,
)
let count = 0

interface Account {
  readonly name: string
  readonly target: string
  readonly file: string
  readonly pair: SshKeyPair
}

/** An account of its own, with a line for the operator and one for a new key. */
const newAccount = (options = '', others = `${operator}\n`): Account => {
  const name = `app${(count += 1)}`
  assert.ok(count <= most)
  const pair = makeSshKeyPair('first')
  const file = `/home/${name}/.ssh/authorized_keys`
  fleet.at(1, `touch ${file} && chmod 600 ${file} && chown ${name}: ${file}`)
  putAt(fleet, file, `${others}${options === '' ? '' : `${options} `}${pair.public}\n`)
  return { name, target: `${name}@${host}`, file, pair }
}

const open = (
  targets: readonly string[],
  settings: Readonly<Record<string, unknown>> = {},
  over: Partial<RotatorPorts> = {},
  names: readonly string[] = ['DEPLOY_SSH_KEY'],
): Rotator =>
  sshKey.open(
    credentialOf({ group: 'deploy', names }, { with: 'ssh-key', targets, config, ...settings }),
    rotatorPorts({ exec: within, ...over }),
  )

/** The quickest way to change its file. */
const asRoot = (target: string): Rotator => open([target], { login: 'root' })

const keyFile = join(fleet.directory, 'probe')

/** A login with ssh and a file, as programs do it. What it prints; null: refused. */
const login = (target: string, key: Secret): string | null => {
  writeFileSync(keyFile, key.bytes(), { mode: 0o600 })
  const hosts = `UserKnownHostsFile=${fleet.directory}/known_hosts`
  const settings = ['BatchMode=yes', 'IdentitiesOnly=yes', 'IdentityAgent=none', quickKex, hosts]
  const words = ['ssh', '-F', 'none', ...settings.flatMap((one) => ['-o', one]), '-i', keyFile]
  const [file = '', ...args] = fleet.controller([...words, target, 'echo in'])
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 255) return stdout.trim()
  assert.match(stderr, /Permission denied/)
  return null
}

const step = { secret: () => null, signal: new AbortController().signal, isEmergency: false }
const heldOf = (pair: SshKeyPair): Held => ({ ...step, values: new Map([['DEPLOY_SSH_KEY', pair.private]]) })
const begun = async (rotator: Rotator, pair: SshKeyPair): Promise<Attempt> => {
  const { values: former } = heldOf(pair)
  const { values: pending, marks } = await rotator.propose({ ...step, values: former })
  const attempt = { ...step, former, pending, marks }
  await rotator.install(attempt)
  return attempt
}
const keyIn = (attempt: Attempt): Secret => known(attempt.pending.get('DEPLOY_SSH_KEY'))

const upstreamOf = (
  account: Account,
  settings: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Upstream => {
  const values = [account.pair.private, new Secret(account.pair.public)]
  let isLosing = false
  const lossy = execWith(within, async (input, run) => {
    const result = await run()
    if (isLosing && isChange(input)) throw fail('UNAVAILABLE', 'the connection broke')
    return result
  })
  return {
    rotator: open([account.target], settings, { exec: lossy }, names),
    values: new Map(names.map((name, index) => [name, known(values[index])])),
    accepts: async (all) => login(account.target, known(all.get(known(names[0])))) !== null,
    count: async () => fileAt(fleet, account.file).split('\n').length,
    loseAnswers: () => void (isLosing = true),
    hearAgain: () => void (isLosing = false),
  }
}

const hasty: RotatorPorts['exec'] = {
  ...exec,
  run: (command, args, options) =>
    exec.run(
      command,
      args.map((one) => one.replace(/^ConnectTimeout=\d+/, 'ConnectTimeout=1')),
      options,
    ),
}

const unknown = new Map([['DEPLOY_SSH_KEY', makeSshKeyPair('stranger').private]])

rotatorConformance('ssh-key', async () => upstreamOf(newAccount(restricted), { login: 'root' }, ['DEPLOY_SSH_KEY']), {
  refused: async () => {
    const stranger = join(fleet.directory, 'stranger')
    writeFileSync(stranger, makeSshKeyPair('').private.bytes(), { mode: 0o600 })
    const settings = { config: sshConfig(fleet, 'stranger_config', stranger) }
    return { ...upstreamOf(newAccount(), settings, ['DEPLOY_SSH_KEY']), unknown }
  },
  silent: async () => {
    const rotator = open([`nobody@127.0.0.1:${await silentPort()}`], {}, { exec: hasty })
    return { rotator, values: heldOf(makeSshKeyPair('first')).values, unknown }
  },
})

suite('ssh-key', () => {
  test('an account that nobody but the key logs in to, both halves of which are kept', async () => {
    const { target, pair } = newAccount('', '')
    const names = ['DEPLOY_PRIVATE_KEY', 'DEPLOY_PUBLIC_KEY']
    const rotator = open([target], { admin: 'key' }, {}, names)
    const held = { ...step, values: new Map([['DEPLOY_PRIVATE_KEY', pair.private]]) }
    await rotator.look(held)
    const { values: pending, marks } = await rotator.propose(held)
    const attempt = { ...step, former: held.values, pending, marks }
    await rotator.install(attempt)
    await rotator.verify(attempt)
    await rotator.retire(attempt)
    const now = known(pending.get('DEPLOY_PRIVATE_KEY'))
    assert.equal(pending.get('DEPLOY_PUBLIC_KEY')?.reveal(), `${sshPublicOf(now)} lockstep shop deploy`)
    assert.deepEqual([login(target, pair.private), login(target, now)], [null, 'in'])
  })

  test('all but the two lines stays as it was, byte by byte, and so do owner, group and mode', async () => {
    const { name, target, file, pair } = newAccount()
    const [first, last] = ['# caf\xe9 \xff\r\n\n  # x\n', `from="*" ${pair.public}`]
    putAt(fleet, file, `${first}${operator}\r\n${last}`)
    fleet.at(1, `usermod -aG daemon ${name}; chgrp daemon ${file}; chmod 440 ${file}; touch ${file}.lockstep-abcdef`)
    const facts = (): string => fleet.at(1, `stat -c '%U %G %a %h' ${file}; ls -A /home/${name}/.ssh`)
    const rotator = asRoot(target)
    const attempt = await begun(rotator, pair)
    const [added = ''] = fileAt(fleet, file).split('\n').slice(-2)
    assert.match(added, /^from="\*" ssh-ed25519 [A-Za-z0-9+/=]{68} lockstep shop deploy$/)
    assert.equal(fileAt(fleet, file), `${first}${operator}\r\n${last}\n${added}\n`)
    await rotator.verify(attempt)
    await rotator.retire(attempt)
    assert.equal(fileAt(fleet, file), `${first}${operator}\r\n${added}\n`)
    assert.equal(facts(), `${name} daemon 440 1\nauthorized_keys\n`)
    assert.equal(login(target, keyIn(attempt)), 'in')
  })

  test('options go with the key: what it may do is what the old one may', async () => {
    const { target, pair } = newAccount(restricted)
    assert.equal(login(target, pair.private), 'forced')
    const attempt = await begun(open([target]), pair)
    assert.equal(login(target, keyIn(attempt)), 'forced')
  })

  test('an account that operators do not log in to: by root, and by who may sudo to it', async () => {
    for (const admin of ['root', 'deploy']) {
      const { name, target, pair } = newAccount(restricted, '')
      fleet.at(1, `echo 'deploy ALL=(${name}) NOPASSWD: /bin/sh -s' >/etc/sudoers.d/${name}`)
      await refusal('DENIED', begun(open([target]), pair))
      const rotator = open([target], { login: admin })
      assert.deepEqual(await rotator.look(heldOf(pair)), { note: '1 target' })
      const attempt = await begun(rotator, pair)
      await rotator.verify(attempt)
      await rotator.retire(attempt)
      assert.deepEqual([login(target, pair.private), login(target, keyIn(attempt))], [null, 'forced'])
      fleet.at(1, `rm /etc/sudoers.d/${name}`)
      await refusal('DENIED', open([target], { login: 'deploy' }).look(heldOf(pair)))
    }
  })

  test('a key that is bound to a command cannot change its own line, and the plan says so', async () => {
    const { target, pair } = newAccount(restricted)
    const error = await refusal('DENIED', open([target], { admin: 'key' }).look(heldOf(pair)))
    assert.match(error.message, /runs no shell/)
    assert.match(error.hint ?? '', /command=/)
  })

  test('without a line for the old key none is added: its options would be lost', async () => {
    const { target, file, pair } = newAccount()
    const missing = `${operator}\n# ${pair.public}\ncert-authority ${pair.public}\n`
    putAt(fleet, file, missing)
    await refusal('CONFLICT', asRoot(target).look(heldOf(pair)))
    await refusal('CONFLICT', begun(asRoot(target), pair))
    assert.equal(fileAt(fleet, file), missing)
    fleet.at(1, `rm ${file}`)
    await refusal('CONFLICT', begun(asRoot(target), pair))
    assert.equal(fleet.statusAt(1, `test -e ${file}`), 1)
  })

  test('a login that a key of the operator brings about proves nothing, and without the new line nothing is ended', async () => {
    const { target, file, pair } = newAccount()
    const attempt = await begun(asRoot(target), pair)
    putAt(fleet, file, `${operator}\n${pair.public}\n`)
    const error = await refusal('DENIED', asRoot(target).verify(attempt))
    assert.match(error.message, /refuses the new key/)
    const conflict = await refusal('CONFLICT', asRoot(target).retire(attempt))
    assert.match(conflict.message, /no line for the new key any more/)
    assert.equal(login(target, pair.private), 'in', 'the old one stays')
  })

  test('a key that is bound to an address is proved from there', async () => {
    const { target, pair } = newAccount(`from="${host}"`)
    const error = await refusal('DENIED', asRoot(target).look(heldOf(pair)))
    assert.match(error.hint ?? '', /via: USER@HOST/)
    const rotator = open([target], { login: 'root', via: `root@${host}` })
    await rotator.look(heldOf(pair))
    const attempt = await begun(rotator, pair)
    await rotator.verify(attempt)
    await refusal('DENIED', asRoot(target).verify(attempt))
    await rotator.retire(attempt)
    const shut = await refusal(
      'DENIED',
      open([target], { login: 'root', via: `${newAccount('', '').name}@${host}` }).verify(attempt),
    )
    assert.match(
      shut.message,
      /refuses the login/,
      'the host between refuses the operator: that says nothing of the key',
    )
  })

  test('an old key that another file still lets in is told, and is not ended', async () => {
    const { name, target, file, pair } = newAccount()
    fleet.at(1, `cp -p ${file} /home/${name}/.ssh/authorized_keys2`)
    const attempt = await begun(asRoot(target), pair)
    const error = await refusal('CONFLICT', asRoot(target).retire(attempt))
    assert.match(error.message, /still lets the old key in/)
    fleet.at(1, `rm /home/${name}/.ssh/authorized_keys2`)
    await asRoot(target).retire(attempt)
  })

  test('each of several accounts is changed; where one cannot be, withdrawing takes all back', async () => {
    const [one, two] = [newAccount(), newAccount()]
    putAt(fleet, two.file, `${operator}\n${one.pair.public}\n`)
    const both = open([one.target, two.target], { login: 'root' })
    const attempt = await begun(both, one.pair)
    await both.verify(attempt)
    fleet.at(1, `chattr +i ${two.file} 2>/dev/null || mount --bind ${two.file} ${two.file}`)
    await refusal('UNAVAILABLE', both.withdraw(attempt))
    fleet.at(1, `chattr -i ${two.file} 2>/dev/null || umount ${two.file}`)
    await both.withdraw(attempt)
    for (const { file } of [one, two]) assert.equal(fileAt(fleet, file), `${operator}\n${one.pair.public}\n`)
  })

  const unsafe: readonly [string, (account: Account) => string, RegExp][] = [
    ['a link', ({ file }) => `mv ${file} ${file}.real && ln -s ${file}.real ${file}`, /is a link/],
    ['a directory that is a link', ({ name }) => `cd /home/${name} && mv .ssh s && ln -s s .ssh`, /is a link/],
    ['a second name', ({ file }) => `ln ${file} ${file}.too`, /second name/],
    ['of somebody else', ({ file }) => `chown root ${file}; chmod 644 ${file}`, /belongs to somebody else/],
    ['too large', ({ file }) => `head -c 300000 /dev/zero | tr '\\0' '#' >>${file}`, /larger than/],
  ]
  for (const [what, by, message] of unsafe) {
    test(`authorized_keys that is ${what} is left alone`, async () => {
      const account = newAccount()
      fleet.at(1, by(account))
      const before = fileAt(fleet, account.file)
      const error = await refusal('UNSAFE', begun(open([account.target], { login: 'root' }), account.pair))
      assert.match(error.message, message)
      assert.equal(fileAt(fleet, account.file), before)
    })
  }

  test('a full disk, and half a script, leave the old file', async () => {
    const { name, target, file, pair } = newAccount()
    const before = fileAt(fleet, file)
    fleet.at(
      1,
      `cd /home/${name} && cp -a .ssh keep && mount -t tmpfs -o size=8k,mode=700,uid=$(id -u ${name}) tmpfs .ssh`,
    )
    fleet.at(1, `cd /home/${name} && cp -a keep/. .ssh/ && { cat /dev/zero >.ssh/full || true; }`)
    await refusal('UNAVAILABLE', begun(asRoot(target), pair))
    assert.equal(fileAt(fleet, file), before)
    assert.equal(fleet.at(1, `ls -A /home/${name}/.ssh`), 'authorized_keys\nfull\n')
    fleet.at(1, `umount /home/${name}/.ssh`)
    const cut: RotatorPorts['exec'] = {
      ...within,
      run: (command, args, options = {}) => {
        const input = typeof options.input === 'string' ? options.input : ''
        return within.run(command, args, { ...options, input: isChange(input) ? input.slice(0, -40) : input })
      },
    }
    await refusal('DENIED', begun(open([target], { login: 'root' }, { exec: cut }), pair))
    assert.equal(fileAt(fleet, file), before)
  })

  test('what somebody else writes meanwhile is kept', async () => {
    const { target, file, pair } = newAccount()
    let left = 2
    const busy = execWith(within, async (input, run) => {
      if (isChange(input) && (left -= 1) >= 0) fleet.at(1, `echo '# more ${left}' >>${file}`)
      return run()
    })
    const attempt = await begun(open([target], { login: 'root' }, { exec: busy }), pair)
    assert.match(fileAt(fleet, file), /lockstep shop deploy\n# more 1\n# more 0\n$/)
    left = 99
    await refusal('CONFLICT', open([target], { login: 'root' }, { exec: busy }).withdraw(attempt))
    assert.equal(login(target, keyIn(attempt)), 'in')
  })

  test('a host key that is not known, or another one, ends it before anything is sent', async () => {
    const { target, pair } = newAccount()
    const path = join(fleet.directory, 'known_hosts')
    const kept = readFileSync(path, 'utf8')
    try {
      for (const other of ['', `${host} ${makeSshKeyPair('').public}\n`]) {
        writeFileSync(path, other)
        const error = await refusal('UNSAFE', open([target]).look(heldOf(pair)))
        assert.match(error.message, /known_hosts/)
      }
    } finally {
      writeFileSync(path, kept)
    }
  })

  test('no program is told the key but by its input, no file has it, and the agent ends', async () => {
    const { target, pair } = newAccount('', '')
    const [place, trace] = [join(fleet.directory, 'tmp'), join(fleet.directory, 'trace')]
    mkdirSync(place)
    const traced: RotatorPorts['exec'] = {
      ...within,
      run: (command, args, options) => {
        const strace = ['-f', '-v', '-s', '100000', '-e', 'trace=execve,openat,write', '-e', 'write=none', '-o', trace]
        const env = { ...process.env, TMPDIR: place }
        return within.run('strace', [...strace, '-A', command, ...args], { ...options, env })
      },
    }
    const attempt = await begun(open([target], { admin: 'key' }, { exec: traced }), pair)
    await open([target], { login: 'root' }, { exec: traced }).verify(attempt)
    const seen = readFileSync(trace, 'utf8').split('\n')
    assert.ok(seen.some((line) => line.includes('execve') && line.includes('ssh-add')))
    const pieces = [pair.private, keyIn(attempt)].map((key) => known(key.reveal().split('\n')[3]))
    for (const piece of pieces) {
      const lines = seen.filter((line) => line.includes(piece))
      assert.deepEqual(
        lines.filter((line) => !/ write\(/.test(line)),
        [],
      )
    }
    assert.deepEqual(readdirSync(place), [])
  })
})

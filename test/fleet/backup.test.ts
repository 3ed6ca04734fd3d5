/** Backups on real hosts: copies that the hosts cannot open, found out when they are damaged, and a fleet that is in step
 *  with what nothing but one copy and the recovery identity gave back. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { hasCode } from '../../src/core/errors.ts'
import { readIdentities, type AgeIdentity } from '../../src/crypto/age.ts'
import { openArchive } from '../../src/crypto/backup-archive.ts'
import { backupKeys } from '../../src/crypto/backup-keys.ts'
import { deriveKey } from '../../src/crypto/derive.ts'
import { Decrypter } from 'age-encryption'
import { Secret } from '../../src/core/secret.ts'
import { startFleet, startProject, type FleetProject, type TestFleet } from '../support/fleet.ts'

const program = resolve(import.meta.dirname, '..', '..', 'bin', 'lockstep')

/** None where age has no use for a key of this kind. */
const identitiesIn = (file: Secret): readonly AgeIdentity[] => {
  try {
    return readIdentities(file, { at: 'key' })
  } catch (error) {
    if (hasCode(error, 'USAGE')) return []
    throw error
  }
}

suite('backups on hosts', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  const place = mkdtempSync(join(tmpdir(), 'lockstep-away-'))
  const identity = join(place, 'recovery.txt')

  before(async () => {
    fleet = startFleet({ hosts: 3, net: 64 })
    project = await startProject(fleet, 'project: shop\nbackup: { keep: 1 }\n', {
      app: { API_KEY: 'one', DB_KEY: 'two' },
    })
    assert.equal((await project.lockstep(['setup'])).status, 0)
    assert.equal((await project.lockstep(['backup', 'recovery', '--to', identity])).status, 0)
  })
  after(() => {
    project.remove()
    fleet.down()
    rmSync(place, { recursive: true })
  })

  const copiesAt = (host: number): readonly string[] =>
    fleet
      .at(host, 'ls /opt/shop/backups')
      .split('\n')
      .filter((name) => name.endsWith('.backup'))

  test('a host that is down has no copy, and the backup is made all the same', async () => {
    fleet.stop(2)
    const { status, value } = await project.json(['backup'])
    assert.equal(status, 10)
    const { copies, number } = value
    assert.equal(number, 1)
    assert.deepEqual(
      Array.isArray(copies) ? copies.map(({ host, state }: Record<string, unknown>) => `${host} ${state}`) : null,
      ['host1 stored', 'host2 failed'],
    )
    assert.equal(copiesAt(1).length, 1)
    fleet.start(2)
  })

  test('copies are private, older ones go from hosts too, and a host without copies has nothing', async () => {
    // as cron would, by the script of the project
    const script = join(project.directory, 'ansible/scripts/manage-secrets.sh')
    const [command = '', ...args] = fleet.controller(['env', `LOCKSTEP_PROGRAM=${program}`, script, 'backup'])
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: project.directory, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^removed +shop-\S+-0001\.backup$/m)
    const here = readdirSync(join(project.directory, 'backups')).filter((name) => name.endsWith('.backup'))
    assert.equal(here.length, 1)
    assert.deepEqual([copiesAt(1), copiesAt(2)], [here, here])
    assert.equal(fleet.at(1, 'stat -c "%a %u" /opt/shop/backups /opt/shop/backups/*').trim(), '700 0\n600 0\n600 0')
    assert.notEqual(fleet.statusAt(3, 'test -e /opt/shop/backups'), 0)
  })

  test('root on a host opens its copy with nothing that is there', async () => {
    const copy = Buffer.from(fleet.at(1, 'base64 -w0 /opt/shop/backups/*.backup'), 'base64')
    const files = fleet
      .at(
        1,
        'for f in $(find /opt/shop /etc/ssh /root -type f ! -name "*.backup" -size -100k); do base64 -w0 "$f"; echo; done',
      )
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => Buffer.from(line, 'base64'))
    assert.ok(files.length > 8, 'the host has a password, secrets and keys')
    const candidates = files.flatMap((file): Secret[] => {
      const text = file.toString('latin1').trim()
      const roots = [file, Buffer.from(text, 'base64'), Buffer.from(text, 'base64url'), Buffer.from(text, 'latin1')]
      const derived = roots.flatMap((root) => [backupKeys(root), backupKeys(deriveKey(root, 'lockstep/backup'))])
      const found = text.match(/AGE-SECRET-KEY-1[A-Z0-9]+/g) ?? []
      return [...derived.map((keys) => keys.identity), ...found].map((one) => new Secret(one))
    })
    assert.equal(await openArchive(copy, candidates, { at: 'copy' }), null)
    const keys = files.filter((one) => one.includes('PRIVATE KEY')).flatMap((one) => identitiesIn(new Secret(one)))
    assert.ok(keys.length > 0, 'the host has keys that age knows')
    for (const key of keys) {
      const decrypter = new Decrypter()
      decrypter.addIdentity(key)
      await assert.rejects(decrypter.decrypt(copy))
    }
  })

  test('a damaged copy and one that is gone are found, byte for byte, and named with their hosts', async () => {
    const good = await project.json(['backup-verify'])
    assert.equal(good.status, 0)
    const { hosts } = good.value
    assert.deepEqual(
      Array.isArray(hosts) ? hosts.map(({ host, compared }: Record<string, unknown>) => `${host} ${compared}`) : null,
      ['host1 1', 'host2 1'],
    )
    const flip =
      'f=$(ls /opt/shop/backups/*.backup); cp $f /root/kept; printf X | dd of=$f bs=1 seek=999 conv=notrunc 2>/dev/null'
    fleet.at(1, flip)
    fleet.at(2, 'mv /opt/shop/backups/*.backup /root/')
    const { status, stdout } = await project.lockstep(['backup-verify'])
    assert.equal(status, 7)
    assert.match(stdout, /^verified +shop-\S+-0002\.backup$/m)
    assert.match(stdout, /^changed +host1: shop-\S+-0002\.backup not the bytes that were written$/m)
    assert.match(stdout, /^missing +host2: shop-\S+-0002\.backup is not there$/m)
  })

  test('a copy and the archive here are written again from the one place that has them whole', async () => {
    fleet.at(2, 'cp /root/*.backup /opt/shop/backups/')
    const folder = join(project.directory, 'backups')
    const [name = ''] = readdirSync(folder).filter((one) => one.endsWith('.backup'))
    const bytes = readFileSync(join(folder, name))
    rmSync(join(folder, name))
    const { status, stdout } = await project.lockstep(['backup-verify', '--fix'])
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^written +shop-\S+ from host2$/m)
    assert.match(stdout, /^written +host1: shop-\S+ from host2$/m)
    assert.deepEqual(readFileSync(join(folder, name)), bytes)
    assert.equal(
      fleet.at(1, 'cat /opt/shop/backups/*.backup | sha256sum'),
      fleet.at(2, 'cat /root/*.backup | sha256sum'),
    )
  })

  test('another clone learns from the hosts when a backup was verified', async () => {
    const other = project.clone()
    rmSync(join(other.directory, 'backups'), { recursive: true })
    const { value } = await other.json(['status'])
    other.remove()
    assert.match(JSON.stringify(value['backup']), /"says":"verified \d+s ago, newer than the last change"/)
  })

  test('prune takes copies from hosts too, and what a host that was not asked has a copy of waits for it', async () => {
    writeFileSync(join(project.directory, 'lockstep.yaml'), 'project: shop\n')
    assert.equal((await project.lockstep(['backup'])).status, 0)
    const part = await project.json(['backup', 'prune', '--keep', '1', '--hosts', 'host1'])
    assert.deepEqual(part.value['removed'], [])
    assert.match(copiesAt(1).join(' '), /^shop-\S+-0003\.backup$/)
    const { status, value } = await project.json(['backup', 'prune', '--keep', '1'])
    assert.equal(status, 0)
    assert.match(String(value['removed']), /^shop-\S+-0002\.backup$/)
    assert.deepEqual([copiesAt(1), copiesAt(2)], [value['kept'], value['kept']])
  })

  test('after a new project key no archive opens here, and a damaged copy is mended from one all the same', async () => {
    assert.equal((await project.lockstep(['rekey', '--project-key'])).status, 0)
    fleet.at(1, 'truncate -s -1 /opt/shop/backups/*.backup')
    const { stdout } = await project.lockstep(['backup-verify', '--fix'])
    assert.match(stdout, /^written +host1: shop-\S+-0003\.backup from here$/m)
    const digest = 'cat /opt/shop/backups/*.backup | sha256sum'
    assert.equal(fleet.at(1, digest), fleet.at(2, digest))
  })

  test('a copy from a host and the recovery identity, on a machine that has nothing, are in step with the fleet', () => {
    rmSync(project.directory, { recursive: true })
    const archive = join(place, 'from-host.backup')
    writeFileSync(archive, Buffer.from(fleet.at(2, 'base64 -w0 /root/*.backup'), 'base64'), { mode: 0o600 })
    const [directory, home] = [join(place, 'anew'), join(place, 'home')]
    for (const one of [directory, home]) mkdirSync(one)
    const env = { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8' }
    const lockstep = (...args: readonly string[]) => {
      const [command = '', ...rest] = fleet.controller([program, ...args])
      const done = spawnSync(command, rest, { cwd: directory, env, encoding: 'utf8' })
      assert.equal(done.status, 0, `${done.stdout}${done.stderr}`)
      return done.stdout
    }
    assert.match(lockstep('restore', archive, '--identity', identity), /2 secrets decrypted/)
    assert.equal(lockstep('deploy', '--check').match(/^host\d .* kept$/gm)?.length, 3)
  })
})

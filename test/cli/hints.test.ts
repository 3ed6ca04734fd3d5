import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { call } from '../support/call.ts'
import { projectIn } from '../support/project.ts'
import { temporary } from '../support/temporary.ts'

interface Refused {
  readonly line: string
  readonly status: number
  readonly message: string
  readonly hint: string
  readonly variables?: Readonly<Record<string, string>>
}

/** AWAY is a directory outside the project, with `taken`, `share` and `wrong-password` in it. */
const refusals: readonly Refused[] = [
  {
    line: 'import nofile.env',
    status: 4,
    message: 'no such file',
    hint: 'paths are from where you are; - is standard input',
  },
  {
    line: 'get API_KEY',
    variables: { LOCKSTEP_PASSWORD_FILE: 'nofile' },
    status: 4,
    message: 'no password file, which is named by LOCKSTEP_PASSWORD_FILE',
    hint: 'unset LOCKSTEP_PASSWORD_FILE, or let it name the file that holds the project password',
  },
  {
    line: 'get API_KEY',
    variables: { LOCKSTEP_PASSWORD_FILE: 'AWAY/wrong-password' },
    status: 7,
    message: 'wrong password, or the file was changed',
    hint: 'the password that was tried came from AWAY/wrong-password, which LOCKSTEP_PASSWORD_FILE names; where it is the right one, restore the file from git',
  },
  {
    line: 'get API_KEY',
    variables: { LOCKSTEP_PASSWORD_FILE: 'AWAY/large' },
    status: 9,
    message: 'AWAY/large is larger than anything of this kind should be',
    hint: 'give the path of the file that is meant',
  },
  {
    line: 'list',
    variables: { LOCKSTEP_PASSWORD_FILE: 'AWAY/wrong-password' },
    status: 7,
    message: 'wrong password, or the file was changed',
    hint: 'the password that was tried came from AWAY/wrong-password, which LOCKSTEP_PASSWORD_FILE names; where it is the right one, restore the file from git',
  },
  {
    line: 'backup recovery --to AWAY/taken',
    status: 8,
    message: 'AWAY/taken exists already, and is not overwritten',
    hint: '--to another place: what is there may open the backups made so far',
  },
  {
    line: 'backup recovery --to AWAY/no/such/r.txt',
    status: 4,
    message: 'cannot open the directory AWAY/no/such: there is no such file or directory',
    hint: 'mount the medium, or make the directory first',
  },
  {
    line: 'backup drill --identity AWAY/share',
    status: 2,
    message: 'this is a share',
    hint: '--share FILE once for each share, in place of --identity',
  },
  {
    line: 'audit --fail-on lots',
    status: 2,
    message: '--fail-on must be one of high, medium, low, info, never',
    hint: 'lockstep audit --help',
  },
  {
    line: 'audit --format xml',
    status: 2,
    message: '--format must be one of table, json, sarif, junit',
    hint: 'lockstep audit --help',
  },
  {
    line: 'audit --accept UNKNOWN-FIL',
    status: 2,
    message: '--accept knows no such FINDING',
    hint: 'did you mean UNKNOWN-FILE?',
  },
  {
    line: 'audit --withdraw XYZ',
    status: 2,
    message: '--withdraw knows no such FINDING',
    hint: 'an id, as lockstep audit prints it; docs/findings.md has them all',
  },
  {
    line: 'audit --watch 60',
    status: 2,
    message: 'audit takes no arguments',
    hint: '--watch takes no value: lockstep audit --watch',
  },
  {
    line: 'audit watch 60',
    status: 2,
    message: 'audit takes no arguments',
    hint: 'lockstep audit --help',
  },
  { line: 'audit 60', status: 2, message: 'audit takes no arguments', hint: 'lockstep audit --help' },
  { line: 'status 60', status: 2, message: 'status takes no arguments', hint: 'lockstep status --watch SECONDS' },
  {
    line: 'backup-verify nofile',
    status: 2,
    message: 'backup-verify takes no arguments',
    hint: 'lockstep backup-verify --help',
  },
  {
    line: 'backup prune 5',
    status: 2,
    message: 'NAME says nothing to lockstep backup prune',
    hint: 'lockstep backup prune --keep N',
  },
  {
    line: 'alerts test 1',
    status: 2,
    message: 'alerts takes ACTION and nothing more',
    hint: 'lockstep alerts test --to N',
  },
  {
    line: 'log show 5',
    status: 2,
    message: 'log takes ACTION and nothing more',
    hint: 'lockstep log show --last NUMBER',
  },
  { line: 'log foo 5', status: 2, message: 'log takes ACTION and nothing more', hint: 'lockstep log --help' },
  {
    line: 'get API_KEY OTHER',
    status: 2,
    message: 'get takes SECRET and nothing more',
    hint: 'one name at a time: lockstep get SECRET',
  },
  {
    line: 'get API_KEY --break-glass',
    status: 2,
    message: '--break-glass needs a reason',
    hint: '--reason TEXT beside it: why the log could not wait',
  },
]

test('what a newcomer types wrongly is refused with what to type', async (t) => {
  const { root, ports } = await projectIn(t, { secrets: { app: { API_KEY: 'a-value' } } })
  const large = 'x'.repeat(64 * 1024 + 1)
  const away = temporary(t, {
    taken: 'x',
    large,
    share: 'lockstep-share-1:shop\n',
    'wrong-password': `${'w'.repeat(43)}\n`,
  })
  const placed = (text: string): string => text.replaceAll('AWAY', away)
  const unchanged = await ports.files.read(join(root, 'secrets/metadata.yaml'))
  for (const { line, status, message, hint, variables = {} } of refusals) {
    await t.test(`${Object.keys(variables).join(' ')} ${line}`, async () => {
      const environment = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, placed(value)]))
      const argv = placed(line).split(' ')
      const said = await call([...argv, '--json'], { ...ports, machine: { ...ports.machine, environment } })
      assert.equal(said.stdout, '')
      assert.equal(said.status, status)
      const told: unknown = JSON.parse(said.stderr)
      assert.partialDeepStrictEqual(told, { error: { message: placed(message), hint: placed(hint) } })
    })
  }
  assert.deepEqual(await ports.files.read(join(root, 'secrets/metadata.yaml')), unchanged)
})

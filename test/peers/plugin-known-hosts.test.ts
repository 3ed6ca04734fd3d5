/** ansible/plugins/plugin_utils/known_hosts.py: which files are believed about host keys. The real ssh says what its
 *  arguments mean. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { list, nullable, parseJson, text } from '../../src/core/shape.ts'
import { pythons, runPlugin } from '../support/plugins.ts'

const place = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-keys-')))
after(() => rmSync(place, { recursive: true, force: true }))
const [project, outside] = [join(place, 'tree/shop'), join(place, 'outside')]
for (const path of [project, outside, join(place, 'tree/.git'), join(place, 'plain')])
  mkdirSync(path, { recursive: true })
writeFileSync(join(project, 'lockstep.yaml'), 'project: shop\n')
for (const path of [project, outside]) writeFileSync(join(path, 'known'), '')
symlinkSync(join(outside, 'known'), join(project, 'leads-out'))
symlinkSync(join(project, 'known'), join(outside, 'leads-in'))

/** What each of these is refused with, in turn, where the project lies in a working tree; or null. */
const judge = (python: string, given: readonly string[]): readonly (string | null)[] => {
  const program = `
os.chdir(${JSON.stringify(project)})
from ansible_collections.lockstep.secrets.plugins.plugin_utils import known_hosts

class Connection(object):
    transport, option_definitions = 'ssh', []

    def __init__(self, words):
        self.words = words

    def get_option(self, name):
        return {'ssh_common_args': self.words}[name]

    def set_option(self, name, value):
        pass

class Action(object):
    pass

def judged(words):
    action = Action()
    action._connection = Connection(words)
    return refused(lambda: connection.refuse_unsafe_connection(action, known_hosts.places_of({}, '.')))

print(json.dumps([judged(each) for each in json.load(sys.stdin)]))
`
  return parseJson(runPlugin(python, 'connection', program, JSON.stringify(given)), list(nullable(text)), 'verdicts')
}

/** True where ssh takes this, and means something by it. */
const isMeant = (name: string, words: string): boolean => {
  const { stdout, status } = spawnSync('sh', ['-c', `ssh -F /dev/null ${words} -G host.invalid`], { encoding: 'utf8' })
  return status === 0 && stdout.split('\n').some((line) => line.startsWith(`${name} `) && line.includes('evil'))
}

const ways = (name: string): readonly string[] => [
  `-o ${name}=/evil`,
  `-o${name}=/evil`,
  `-o ${name.toUpperCase()}=/evil`,
  `-o "${name} /evil"`,
  `-o '${name}  =  /evil'`,
  `-o '"${name}" /evil'`,
  `-o '"${name}"/evil'`,
  `-o '${name.slice(0, 4)}"${name.slice(4)}" /evil'`,
  `-o '=${name}=/evil'`,
  `-o '""${name} /evil'`,
  `-o '${name}="/evil"'`,
  `-4Co ${name}=/evil`,
]

const own = ['none', '/dev/null', '~/.ssh/known_hosts', '~/.ssh/Known', '/etc/ssh/known', `${outside}/known`]
const brought = [
  'known',
  './known',
  '../known',
  '.ssh/known_hosts',
  `${project}/known`,
  `${project}/not-there-yet`,
  `${place}/tree/known`,
  `${outside}/../tree/shop/known`,
  `${outside}/leads-in`,
  `${project}/leads-out`,
  '/proc/self/cwd/known',
  '~nobody-of-this-name/known',
  '%d/known',
  '/etc/%h',
  '/${HOME}/known',
  '"/etc/a',
  '/etc\\ssh',
]

for (const [name, python] of Object.entries(pythons())) {
  suite(`with ${name}`, () => {
    test('another name for the host and a program that says its keys are refused, however they are written', () => {
      for (const option of ['HostKeyAlias', 'KnownHostsCommand']) {
        const all = ways(option)
        assert.ok(all.filter((words) => isMeant(option.toLowerCase(), words)).length >= 8)
        for (const [index, said] of judge(python, all).entries()) {
          assert.ok(said?.includes(`${option} would take another key for that of this host; remove it`), all[index])
        }
      }
    })

    test('files of the project are not believed about host keys, those of the person are', () => {
      for (const option of ['UserKnownHostsFile', 'GlobalKnownHostsFile']) {
        const fine = own.map((path) => `-o ${option}=${path}`)
        assert.deepEqual(
          judge(python, fine),
          fine.map(() => null),
        )
        const two = [`-o "${option}=/etc/a known"`, `-o '${option} "/etc/a" "${project}/known"'`]
        const bad = [...brought.map((path) => `'-o${option}=${path}'`), ...two]
        for (const [index, said] of judge(python, bad).entries()) {
          assert.ok(
            said?.includes(`${option} is a file that comes with the project, or may be one; name it`),
            bad[index],
          )
        }
      }
    })

    test('a name that ssh reads and we do not is not believed', () => {
      const odd = ways('UserKnownHostsFile').filter((words) => /'("|=|User")/.test(words))
      assert.ok(odd.some((words) => isMeant('userknownhostsfile', words)))
      for (const [index, said] of judge(python, odd).entries()) assert.notEqual(said, null, odd[index])
    })

    test('the working trees of playbook and inventory count, and directories that are none do not', () => {
      const program = `
os.chdir('/')
given = {'playbook_dir': ${JSON.stringify(`${place}/plain`)}, 'inventory_dir': ${JSON.stringify(project)}}
print(json.dumps([known_hosts.is_own(path, known_hosts.places_of(given, ${JSON.stringify(outside)})) for path in json.load(sys.stdin)]))
`
      const paths = [`${place}/plain/known`, `${place}/tree/known`, `${outside}/known`, '/etc/known']
      const said = runPlugin(python, 'known_hosts', program, JSON.stringify(paths))
      assert.deepEqual(JSON.parse(said), [true, false, false, true])
    })
  })
}

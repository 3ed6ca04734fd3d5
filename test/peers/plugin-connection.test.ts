/** ansible/plugins/plugin_utils/connection.py: over what secrets may go. The real ssh says what its arguments mean. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { dictionary, list, nullable, parseJson, shape, text } from '../../src/core/shape.ts'
import { pythons, runPlugin } from '../support/plugins.ts'

interface Given {
  readonly transport: string
  readonly options?: Readonly<Record<string, string | boolean>>
  readonly environment?: Readonly<Record<string, string>>
  /** Where what is known of host keys must not come from. */
  readonly places?: readonly string[]
}

/** For each connection: what it is refused with, or null, and the words that ssh would be given. */
const judge = (python: string, given: readonly Given[]) => {
  const program = `
class Connection(object):
    def __init__(self, transport, options):
        self.transport, self.options, self.option_definitions = transport, options, list(options)

    def get_option(self, name):
        return self.options[name]

    def set_option(self, name, value):
        self.options[name] = value

class Action(object):
    pass

def judged(given):
    action = Action()
    action._connection = Connection(given['transport'], dict(given.get('options', {})))
    os.environ.update(given.get('environment', {}))
    said = refused(lambda: connection.refuse_unsafe_connection(action, given.get('places', [])))
    for name in given.get('environment', {}):
        del os.environ[name]
    words = [] if said else connection.ssh_arguments(action._connection)
    return {'said': said, 'words': words, 'shared': action._connection.options.get('control_path')}

print(json.dumps([judged(each) for each in json.load(sys.stdin)]))
`
  const said = runPlugin(python, 'connection', program, JSON.stringify(given))
  return parseJson(said, list(shape({ said: nullable(text), words: list(text), shared: nullable(text) })), 'verdicts')
}

/** What the real ssh makes of these words. */
const meaning = (words: readonly string[]): Readonly<Record<string, string>> => {
  const args = ['-F', '/dev/null', ...words, '-G', 'host.invalid']
  const { stdout, stderr, status } = spawnSync('ssh', args, { encoding: 'utf8' })
  assert.equal(status, 0, `${words.join(' ')}: ${stderr}`)
  const lines = stdout.split('\n').map((line): [string, string] => {
    const [name = '', ...rest] = line.split(' ')
    return [name, rest.join(' ')]
  })
  return dictionary(text)(Object.fromEntries(lines), 'ssh -G')
}

const carriers = ['ssh', 'local', 'community.docker.docker', 'docker', 'containers.podman.podman', 'podman']
const others = [
  'ansible.netcommon.libssh',
  'ansible.netcommon.network_cli',
  'winrm',
  'psrp',
  'kubernetes.core.kubectl',
  'community.okd.oc',
  'community.general.chroot',
  'community.docker.docker_api',
  'community.docker.nsenter',
  'containers.podman.buildah',
  'community.aws.aws_ssm',
  'ssh2',
  '',
]

/** Ways not to look at the host key, and whether they are refused with words; the others are overridden. */
const lax: readonly (readonly [string, 'refused' | 'overridden'])[] = [
  ['-o StrictHostKeyChecking=no', 'refused'],
  ['-o StrictHostKeyChecking=off', 'refused'],
  ['-o StrictHostKeyChecking=false', 'refused'],
  ['-oStrictHostKeyChecking=no', 'refused'],
  ['-oStrictHostKeyChecking=NO', 'refused'],
  ['-o STRICTHOSTKEYCHECKING=no', 'refused'],
  ['-o "StrictHostKeyChecking no"', 'refused'],
  ["-o 'StrictHostKeyChecking  =  no'", 'refused'],
  ['"-oStrictHostKeyChecking no"', 'refused'],
  ['-o StrictHostKeyChecking="no"', 'refused'],
  ['-o \'StrictHostKeyChecking "no"\'', 'refused'],
  ["-o 'StrictHostKeyChecking\tno'", 'refused'],
  ["-o ' StrictHostKeyChecking=no '", 'refused'],
  ['-4Co StrictHostKeyChecking=no', 'refused'],
  ['-CoStrictHostKeyChecking=no', 'refused'],
  ['-C -o Strict\\HostKeyChecking=n\\o', 'refused'],
  ['-o StrictHostKeyChecking=yes -o StrictHostKeyChecking=no', 'refused'],
  ['-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/dev/null', 'refused'],
  ["-oUserKnownHostsFile=/dev/null -o 'stricthostkeychecking accept-new'", 'refused'],
  ['-o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=none', 'refused'],
  ['-o StrictHostKeyChecking=accept-new', 'overridden'],
  ['-o StrictHostKeyChecking=ask', 'overridden'],
  ['-o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null', 'overridden'],
  ["-o 'StrictHostKeyChecking no # as ever'", 'overridden'],
  ['-o NoHostAuthenticationForLocalhost=yes', 'overridden'],
  ['-o ControlMaster=auto -o ControlPersist=60s -o ControlPath=/tmp/theirs', 'overridden'],
  ['-o ControlPath=/tmp/theirs', 'overridden'],
  ['-C -o ControlMaster=auto -o ControlPersist=60s', 'overridden'],
  ['', 'overridden'],
]

const forced = ['-t', '-tt', '-Ct', '-C -4t', '-o RequestTTY=force', "-o 'RequestTTY yes'", '-oRequestTTY="yes"']

for (const [name, python] of Object.entries(pythons())) {
  suite(`with ${name}`, () => {
    test('which connections carry secrets', () => {
      for (const [index, { said }] of judge(
        python,
        carriers.map((transport) => ({ transport })),
      ).entries()) {
        assert.equal(said, null, carriers[index])
      }
      for (const [index, { said }] of judge(
        python,
        others.map((transport) => ({ transport })),
      ).entries()) {
        assert.ok(said?.includes(`secrets do not go over the connection ${others[index]}; set ansible_connection`))
      }
      const [paramiko] = judge(python, [{ transport: 'paramiko' }])
      assert.match(paramiko?.said ?? '', /over the connection paramiko: it takes no standard input; set .* to ssh/)
    })

    for (const place of ['ssh_args', 'ssh_common_args', 'ssh_extra_args']) {
      test(`host keys are looked at, whatever stands in ${place}`, () => {
        const verdicts = judge(
          python,
          lax.map(([words]) => ({ transport: 'ssh', options: { [place]: words } })),
        )
        for (const [index, [words, what]] of lax.entries()) {
          const verdict = verdicts[index]
          assert.ok(verdict !== undefined)
          assert.equal(verdict.said === null ? 'overridden' : 'refused', what, words)
          if (verdict.said !== null) {
            assert.match(verdict.said, /would deliver secrets to whoever answers; remove it and put the host key/)
            continue
          }
          const is = meaning(verdict.words)
          assert.equal(is['stricthostkeychecking'], 'true', words)
          assert.equal(is['nohostauthenticationforlocalhost'], 'no', words)
          assert.match(is['requesttty'] ?? '', /^(no|false)$/, words)
          assert.equal(is['controlpath'], undefined, words)
          // there Ansible adds a path of ours
          const isPersistent = words.includes('ControlPersist') && !words.includes('theirs')
          assert.equal(verdict.words.includes('ControlPath=none'), !isPersistent, words)
        }
      })
    }

    test('a connection is shared by those that lead to the same machine, and by no others', () => {
      const usual = { host: '10.0.0.5', port: '22', remote_user: 'root', ssh_common_args: '', ssh_extra_args: '' }
      const changed = [
        {},
        { password: 'x' },
        { timeout: '99' },
        { host: '10.0.0.6' },
        { port: '23' },
        { remote_user: 'a' },
        { ssh_common_args: '-J one' },
        { ssh_extra_args: '-J one' },
        { ssh_extra_args: '-J two' },
        { ssh_executable: '/opt/ssh' },
      ]
      const verdicts = judge(
        python,
        changed.map((options) => ({ transport: 'ssh', options: { ...usual, ...options } })),
      )
      const shared = verdicts.map((one) => one.shared)
      assert.match(shared[0] ?? '', /^%\(directory\)s\/l[0-9a-f]{10}$/)
      assert.equal(new Set(shared.slice(0, 3)).size, 1)
      assert.equal(new Set(shared.slice(2)).size, changed.length - 2)
    })

    test('host key checking that is switched off is refused', () => {
      const [off, on] = judge(
        python,
        [false, true].map((checks) => ({ transport: 'ssh', options: { host_key_checking: checks } })),
      )
      assert.match(off?.said ?? '', /host key checking is off for this host; remove ansible_host_key_checking=false/)
      assert.equal(on?.said, null)
    })

    test('a forced terminal, a connection of somebody else and an open quote are refused', () => {
      const all = [...forced, '-S /tmp/theirs', '-CS/tmp/theirs', "-o 'ProxyJump=a"]
      const verdicts = judge(
        python,
        all.map((words) => ({ transport: 'ssh', options: { ssh_extra_args: words } })),
      )
      for (const [index, words] of all.entries()) {
        assert.match(verdicts[index]?.said ?? '', /a forced terminal|-S would use|have an open quote/, words)
      }
    })

    test('values that look like letters are not', () => {
      const words = ['-F /etc/tt', '-i ~/.ssh/S', '-J tt', '-l tS', '-E -tt', '-o ProxyCommand="ssh -tt -W %h:%p gate"']
      for (const [index, { said }] of judge(
        python,
        words.map((each) => ({ transport: 'ssh', options: { ssh_extra_args: each } })),
      ).entries()) {
        assert.equal(said, null, words[index])
      }
    })

    test('an engine elsewhere is reached by ssh, or with its certificate checked', () => {
      const docker = 'community.docker.docker'
      const rows: readonly (readonly [Given, boolean])[] = [
        [{ transport: docker, options: { docker_extra_args: '-H tcp://10.0.0.1:2375' } }, false],
        [{ transport: docker, options: { docker_extra_args: '-H10.0.0.1:2375' } }, false],
        [{ transport: docker, options: { docker_extra_args: '--host=10.0.0.1' } }, false],
        [{ transport: docker, options: { docker_extra_args: '--host "tcp://10.0.0.1" --tlsverify=false' } }, false],
        [{ transport: docker, environment: { DOCKER_HOST: 'tcp://10.0.0.1:2375' } }, false],
        [{ transport: 'podman', options: { podman_extra_args: '--remote --url tcp://10.0.0.1' } }, false],
        [{ transport: 'podman', environment: { CONTAINER_HOST: 'tcp://10.0.0.1:2375' } }, false],
        [{ transport: docker, options: { docker_extra_args: '-DH tcp://10.0.0.1' } }, false],
        [{ transport: docker, options: { docker_extra_args: '--ho"st" tcp://10.0.0.1' } }, false],
        [{ transport: docker, options: { docker_extra_args: '-H tcp://10.0.0.1:2376 --tlsverify' } }, true],
        [{ transport: docker, environment: { DOCKER_HOST: 'tcp://a:2376', DOCKER_TLS_VERIFY: '1' } }, true],
        [{ transport: docker, options: { docker_extra_args: '-H ssh://root@a' } }, true],
        [{ transport: docker, environment: { DOCKER_HOST: 'unix:///run/docker.sock' } }, true],
        [{ transport: 'podman', options: { podman_extra_args: '--log-level=info' } }, true],
      ]
      const verdicts = judge(
        python,
        rows.map(([given]) => given),
      )
      for (const [index, [given, isFine]] of rows.entries()) {
        assert.equal(verdicts[index]?.said === null, isFine, JSON.stringify([given, verdicts[index]]))
      }
      assert.match(verdicts[0]?.said ?? '', /the engine at tcp:\/\/10\.0\.0\.1:2375 is reached without a check/)
    })

    test('an engine that goes by a name is refused: nobody here sees where that leads', () => {
      const given = (transport: string, words: string): Given => ({
        transport,
        options: { [`${transport}_extra_args`]: words },
      })
      const refused: readonly (readonly [Given, string])[] = [
        [given('docker', '--context far'), '--context'],
        [given('docker', '--tlsverify --context=far'), '--context'],
        [given('docker', '-H unix:///run/docker.sock -cfar'), '-c'],
        [given('docker', '-Dc far'), '-Dc'],
        [given('docker', '"--context" far'), '--context'],
        [given('docker', '--con"text" far'), '--context'],
        [given('docker', '--config ./docker'), '--config'],
        [given('podman', '--connection far'), '--connection'],
        [given('podman', '-r -c=far'), '-c'],
        [{ transport: 'docker', environment: { DOCKER_CONTEXT: 'far' } }, 'DOCKER_CONTEXT'],
        [{ transport: 'community.docker.docker', environment: { DOCKER_CONTEXT: 'far' } }, 'DOCKER_CONTEXT'],
        [{ transport: 'podman', environment: { CONTAINER_CONNECTION: 'far' } }, 'CONTAINER_CONNECTION'],
        [{ transport: 'podman', environment: { CONTAINER_CONNECTION: 'default' } }, 'CONTAINER_CONNECTION'],
      ]
      const verdicts = judge(
        python,
        refused.map(([each]) => each),
      )
      for (const [index, [, name]] of refused.entries()) {
        const said = verdicts[index]?.said
        assert.ok(said?.includes(`${name} leads to an engine that nobody here knows the address of; say where`), name)
      }
      const fine = [
        given('docker', '--log-level info -D'),
        { transport: 'docker', environment: { DOCKER_CONTEXT: 'default' } },
        { transport: 'docker', environment: { CONTAINER_CONNECTION: 'far' } },
        { transport: 'podman', environment: { DOCKER_CONTEXT: 'far' } },
        { transport: 'ssh', environment: { DOCKER_CONTEXT: 'far' } },
      ]
      for (const { said } of judge(python, fine)) assert.equal(said, null)
    })
  })
}

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../..')

let place = ''
let venv = ''
let collection = ''

/** Everything of Ansible's goes below our place: caches, temporary files, its own home. */
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${venv}/bin:${process.env['PATH']}`,
  HOME: place,
  ANSIBLE_HOME: join(place, 'ansible'),
  ANSIBLE_COLLECTIONS_PATH: place,
  NO_COLOR: '1',
})

const tool = async (program: string, args: readonly string[], cwd = collection): Promise<string> => {
  try {
    const { stdout, stderr } = await run(join(venv, 'bin', program), args, { cwd, env: environment() })
    return stdout + stderr
  } catch (error) {
    if (!(error instanceof Error && 'stdout' in error && 'stderr' in error)) throw error
    return assert.fail(`${program} ${args.join(' ')}\n${String(error.stdout)}\n${String(error.stderr)}`)
  }
}

before(async () => {
  place = await mkdtemp(join(tmpdir(), 'collection-'))
  venv = (await run('sh', [join(root, 'scripts/peers-ansible.sh')])).stdout.trim()
  collection = join(place, 'ansible_collections/lockstep/secrets')
  await mkdir(collection, { recursive: true })
  await tool('ansible-galaxy', ['collection', 'build', '--output-path', place, join(root, 'ansible')], root)
  const archive = (await readdir(place)).find((name) => name.endsWith('.tar.gz'))
  assert.ok(archive !== undefined)
  await run('tar', ['xzf', join(place, archive), '-C', collection])
  // both judges look at tracked files only
  await run('git', ['init', '-q', '.'], { cwd: collection })
  await run('git', ['add', '-A'], { cwd: collection })
})
after(() => rm(place, { recursive: true, force: true }))

test('ansible-galaxy builds and installs it', async () => {
  const archive = (await readdir(place)).find((name) => name.endsWith('.tar.gz')) ?? ''
  await tool('ansible-galaxy', [
    'collection',
    'install',
    '--offline',
    '--force',
    join(place, archive),
    '-p',
    join(place, 'there'),
  ])
  const names = await readdir(join(place, 'there/ansible_collections/lockstep/secrets/plugins/action'))
  assert.deepEqual(names.toSorted(), ['bundle.py', 'container.py', 'deliver.py', 'inspect.py', 'record.py'])
})

test('every action has its documentation, the role its options, and none of them carries a value', async () => {
  for (const name of ['inspect', 'bundle', 'container', 'record', 'deliver']) {
    const document: unknown = JSON.parse(await tool('ansible-doc', ['--json', `lockstep.secrets.${name}`]))
    const options = /"options": (\{.*?\}\s*\}),/s.exec(JSON.stringify(document, null, 1))?.[1] ?? '{}'
    assert.deepEqual(Object.keys(JSON.parse(options)).toSorted(), ['environment', 'program', 'project_dir'], name)
  }
  const role = await tool('ansible-doc', ['-t', 'role', 'lockstep.secrets.deploy'])
  assert.match(role, /deploy_environment[\s\S]*deploy_program[\s\S]*deploy_project_dir/)
})

test('ansible-lint has nothing to say in its strictest profile', async () => {
  const said = await tool('ansible-lint', ['--offline', '--profile', 'production', '--strict'])
  assert.match(said, /Passed: 0 failure\(s\), 0 warning\(s\)/)
})

test('ansible-test sanity: the modules are documented as Ansible wants it', async () => {
  const internal = join(venv, 'lib')
  const [python] = (await readdir(internal)).filter((name) => name.startsWith('python3'))
  const source = join(internal, python ?? '', 'site-packages/ansible_test/_internal/python_requirements.py')
  const pip = /pip='([\d.]+)'/.exec(await readFile(source, 'utf8'))?.[1] ?? ''
  // it would download this file
  const cache = join(place, '.ansible/test/cache')
  await mkdir(cache, { recursive: true })
  await copyFile(join(root, 'test/support/get-pip.py'), join(cache, `get_pip_${pip.replaceAll('.', '_')}.py`))
  await tool('ansible-test', [
    'sanity',
    '--test',
    'validate-modules',
    '--python',
    (python ?? '').slice('python'.length),
  ])
})

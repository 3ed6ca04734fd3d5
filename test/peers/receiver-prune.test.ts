/** The receiver's `prune`, on mounts of a namespace of its own: which generations are used. Needs root. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { readReceiver } from '../../src/fleet/receiver-parts.ts'
import { files } from '../../src/io/files.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-prune-'))
// on a machine where other tests have hosts of their own
const shop = basename(root)
after(() => rmSync(root, { recursive: true, force: true }))

const receiver = await readReceiver(files, resolve(import.meta.dirname, '../../ansible'))
const program = new TextDecoder().decode(receiver({ op: 'prune', directory: '/opt/shop' }))

/** Runs shell words where /opt has generations 40 to 43 of a project, then Python behind the receiver's own. */
const inNamespace = (mounts: string, python: string): unknown => {
  const shell = `set -e
mount -t tmpfs tmpfs "$0" && cd "$0" && mkdir -p disk/opt/${shop} opt/${shop} other mnt
mount --bind disk/opt opt && for n in 40 41 42 43; do mkdir -p opt/${shop}/generations/$n/secrets; done
${mounts}
exec python3 -I -S - "$0/opt/${shop}"`
  const input = `${program.replace(/\nif __name__ == .*\n {4}main\(\)\n$/, '\n')}
import json
engine_containers = lambda: []
directory = sys.argv[1]
handle = os.open(directory + '/generations', DIRECTORY)
${python}
`
  const args = ['--mount', '--propagation', 'private', 'sh', '-c', shell, root]
  const { stdout, stderr, status } = spawnSync('unshare', args, { input, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

const used = 'print(json.dumps(sorted(mounted_generations(directory, handle))))'

test('a generation that is mounted somewhere is used, by whatever path it was reached', () => {
  const mounts = `mkdir mnt/a mnt/b "mnt/c d"
mount --bind opt/${shop}/generations/41/secrets mnt/a
mount --bind disk/opt/${shop}/generations/43 "mnt/c d"`
  assert.deepEqual(inNamespace(mounts, used), [41, 43])
})

test('names that somebody gave to mounts of their own use none', () => {
  const mounts = `own() { mkdir -p "$1" && mount -t tmpfs ${shop}/generations/40 "$1"; }
own "other/${shop}/generations/40"
own "other/opt/${shop}/generations/41"
own "other/${shop}/generations/²"
own "$(printf 'other/x\\r\\f\\302\\205\\342\\200\\250${shop}/generations/42')"
mkdir -p other/${shop}/generations/43 && mount --bind other/${shop}/generations/43 mnt`
  assert.deepEqual(inNamespace(mounts, used), [])
})

test('where the kernel does not say where a directory lies, what is mounted keeps more', () => {
  const mounts = `mkdir -p other/${shop}/generations/43 other/x/${shop}/generations/42
mount --bind other/${shop}/generations/43 mnt
mount -t tmpfs ${shop}/generations/40 other/x/${shop}/generations/42`
  assert.deepEqual(inNamespace(mounts, `place_of = lambda handle: None\n${used}`), [43])
})

test('numbers are ASCII digits, and no more than a number of ours has', () => {
  const texts = ['41/', '²/', '٤١/', `${'9'.repeat(5000)}/`, '', '7', `0042/x/${shop}/generations/43/`]
  const python = `print(json.dumps([sorted(numbers_after('/${shop}/generations/', '/opt/${shop}/generations/' + text)) for text in ${JSON.stringify(texts)}]))`
  assert.deepEqual(inNamespace('', python), [[41], [], [], [], [], [7], [42, 43]])
})

test('a run lets go of the host even where nothing can be removed', () => {
  const python = `released = []
open_own, check_lease = lambda header: os.dup(handle), lambda root, header: None
release_lease = lambda root, header: released.append(True)
def prune_in(root, header):
    raise OSError(errno.EIO, 'no')
try:
    prune({'release': True}, [])
except OSError:
    print(json.dumps(released))`
  assert.deepEqual(inNamespace('', python), [true])
})

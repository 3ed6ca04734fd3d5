import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = resolve(import.meta.dirname, '../../ansible/plugins/module_utils/receiver')

/** What the receiver takes for the commands of a unit, out of what `systemctl cat` prints. */
const commandsOf = async (text: string): Promise<readonly string[]> => {
  const parts = await Promise.all(
    ['start', 'programs', 'pages', 'units'].map((part) => readFile(join(folder, `${part}.py`), 'utf8')),
  )
  const program = parts.join('\n').replace(/^from \.\w+ import .*$/gm, '')
  const ask = `import json, sys\nprint(json.dumps(commands_of(sys.argv[1], '/etc/systemd/system/r.service.d/lockstep.conf')))`
  const { stdout } = await run('python3', ['-I', '-S', '-c', `${program}\n${ask}`, text])
  return JSON.parse(stdout)
}

test('commands are those of a unit and its drop-ins, without ours', async () => {
  const text = `# /lib/systemd/system/r.service
[Unit]
ExecStart=/not/this
# /usr/bin/report is started daily
[Service]
ExecStart=/bin/forgotten

# /etc/systemd/system/r.service.d/10-own.conf
[Service]
ExecStart=
ExecStart=-@/bin/a "b c" \\
  # a comment between
  --long \\
  $D
ExecStartPre=/not/this/either
; ExecStart=/nor/this
ExecStart = /bin/second

# /etc/systemd/system/r.service.d/lockstep.conf
# lockstep.generation=7
[Service]
ExecStart=
ExecStart=/opt/shop/bin/lockstep run -- /bin/a

# /etc/systemd/system/r.service.d/override.conf
[Install]
ExecStart=/not/here
`
  assert.deepEqual(await commandsOf(text), ['-@/bin/a "b c" --long $D', '/bin/second'])
  assert.deepEqual(await commandsOf(''), [])
})

/** Runs parts of the collection that work on the controller, in the Pythons that run Ansible here. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { newestAnsible } from './playbook.ts'

const collection = resolve(import.meta.dirname, '..', '..', 'ansible')

/** Pythons with an Ansible, by what that is. */
export const pythons = (): Readonly<Record<string, string>> => ({
  'the Ansible of this machine': '/usr/bin/python3',
  'the newest Ansible': join(newestAnsible(), 'python'),
})

const prelude = (module: string): string => `
import json, multiprocessing, os, signal, sys, time
from ansible.errors import AnsibleError
from ansible.plugins import loader
getattr(loader, 'init_plugin_loader', list)()
from ansible_collections.lockstep.secrets.plugins.plugin_utils import ${module}

def refused(work):
    try:
        work()
    except AnsibleError as error:
        return str(error)
`

/** What a program prints that has this module of plugin_utils by its name, and `refused(work)`: the text of what Ansible
 *  would report, or None. */
export const runPlugin = (python: string, module: string, program: string, input = ''): string => {
  const place = mkdtempSync(join(tmpdir(), 'lockstep-plugins-'))
  try {
    mkdirSync(join(place, 'ansible_collections/lockstep'), { recursive: true })
    symlinkSync(collection, join(place, 'ansible_collections/lockstep/secrets'))
    const { stdout, stderr, status } = spawnSync(python, ['-c', prelude(module) + program], {
      encoding: 'utf8',
      input,
      timeout: 60_000,
      env: { PATH: process.env['PATH'], HOME: place, ANSIBLE_COLLECTIONS_PATH: place, PYTHONDONTWRITEBYTECODE: '1' },
    })
    assert.equal(status, 0, stderr)
    return stdout.trim()
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

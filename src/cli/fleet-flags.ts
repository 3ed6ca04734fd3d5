import type { Flag } from './command.ts'

type Text = Flag & { readonly type: 'string' }
type Switch = Flag & { readonly type: 'boolean' }

/** One flag under three names, as Ansible users know it. */
export const hostsFlag: { readonly hosts: Text } = {
  hosts: {
    type: 'string',
    short: 'l',
    value: 'PATTERN',
    also: ['limit'],
    summary: 'only these hosts (an Ansible pattern)',
  },
}

export const checkFlag: { readonly check: Switch } = {
  check: { type: 'boolean', summary: 'print the plan and change nothing' },
}

/** What both commands that deliver have, beside flags of their own. */
export const deliveryFlags: typeof hostsFlag &
  typeof checkFlag & {
    readonly 'take-over': Text
    readonly 'without-ledger': Switch
    readonly expect: Text
    readonly 'replace-files': Switch
  } = {
  ...hostsFlag,
  ...checkFlag,
  'take-over': {
    type: 'string',
    value: 'RUN',
    summary: 'go on where this run, which you know to be dead, still holds a host',
  },
  'without-ledger': {
    type: 'boolean',
    summary: 'go on where no copy of the ledger can be had: what it knows is not checked, and the report says so',
  },
  expect: { type: 'string', value: 'PLAN', summary: 'run this plan (from --check) or none' },
  'replace-files': { type: 'boolean', summary: 'replace vault-password and secrets that were put there by hand' },
}

/** What may follow `--`. */
export const ansibleRest: { readonly name: string; readonly summary: string } = {
  name: 'ANSIBLE-ARGUMENTS',
  summary: 'for ansible-playbook: -K, -e, -J, --become …',
}

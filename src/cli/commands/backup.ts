import { backupOutput } from '../backup-output.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, checkFlag, hostsFlag } from '../fleet-flags.ts'

/** Without an action one is made. */
const making = ['', 'prune']

export const command: Command = define({
  name: 'backup',
  area: 'safety',
  summary: 'keep all of the project, sealed for a recovery identity',
  about: `
Makes backups/PROJECT-TIME-NUMBER.backup: the project's files, its encrypted secrets and their metadata, the project
password and what is known of the fleet, encrypted with age for the recovery identity and for who has the project key;
reads it back, decrypts all of it, and puts copies on hosts, which cannot open them. Each environment has backups of its
own (-E). The recovery identity is made once, by init or by backup recovery, and kept away from here: lockstep keeps its
public side alone. With backup: { keep: N } in lockstep.yaml older ones go; the last that verifies never does.`,
  args: [
    {
      name: 'ACTION',
      choices: ['list', 'recovery', 'prune', 'drill'],
      summary: 'list; recovery: make the identity; prune: remove old ones; drill: rehearse a restore',
    },
    { name: 'NAME', for: ['drill'], summary: 'this backup, not the newest' },
  ],
  rest: { ...ansibleRest, for: making },
  flags: {
    check: { ...checkFlag.check, for: making },
    hosts: {
      ...hostsFlag.hosts,
      for: making,
      not: ['local'],
      summary: 'copies only on these hosts (an Ansible pattern)',
    },
    local: { type: 'boolean', for: making, summary: 'only here: no copies on hosts' },
    keep: { type: 'integer', for: ['prune'], value: 'N', summary: 'how many stay' },
    to: {
      type: 'string',
      for: ['recovery'],
      value: 'FILE',
      summary: 'into this file (a directory with --split), not on the terminal',
    },
    split: { type: 'string', for: ['recovery'], value: 'K/N', summary: 'as N shares, any K of which restore' },
    renew: { type: 'boolean', for: ['recovery'], summary: 'another one, in place of the one there is' },
    identity: {
      type: 'string',
      for: ['drill'],
      value: 'FILE',
      summary: 'with the recovery identity, to see that it works',
    },
    share: { type: 'list', for: ['drill'], value: 'FILE', summary: 'with these shares of it' },
  },
  examples: [
    { line: 'lockstep backup recovery', says: 'once: shows what restores everything' },
    { line: 'lockstep backup', says: 'make one, verify it, copy it to hosts' },
    { line: 'lockstep backup drill --identity /mnt/usb/recovery.txt', says: 'would a restore work?' },
    { line: 'lockstep backup prune --keep 5 --check', says: 'what would go' },
  ],
  output: backupOutput,
  run: async (call) => {
    switch (call.args.ACTION) {
      case 'list':
        return (await import('../backup-list-result.ts')).list(call)
      case 'recovery':
        return (await import('../backup-recovery.ts')).makeRecoveryIdentity(call)
      case 'prune':
        return (await import('../backup-prune.ts')).prune(call)
      case 'drill':
        return (await import('../backup-drill.ts')).drill(call)
      default:
        return (await import('../backup-make.ts')).makeBackups(call)
    }
  },
})

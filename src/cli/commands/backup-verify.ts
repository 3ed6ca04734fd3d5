import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { verifiedResult, verifyOutput } from '../verified-result.ts'

export const command: Command = define({
  name: 'backup-verify',
  area: 'safety',
  summary: 'read and decrypt every backup, and compare the copies on hosts',
  about: `
Decrypts every archive in backups/ and every file of secrets inside it, and holds them against the list of backups and
against each other; fetches the copies from the hosts and compares them byte for byte. Names what is changed, missing,
extra, renamed, swapped or put back, and an access log that is not as the archives have seen it; backup list, status, audit
and alerts tell it until a later look finds it mended. --fix writes it again: a copy on a host from the archive here, an
archive here from a host's copy, compared with the digest in the list. Ends with TAMPERED where something is wrong, with
PARTIAL where a host could not be asked.`,
  rest: ansibleRest,
  flags: {
    ...hostsFlag,
    local: { type: 'boolean', not: ['hosts'], summary: 'only what is here' },
    fix: { type: 'boolean', summary: 'write what is damaged or missing again, from where it is whole' },
    drop: { type: 'boolean', for: ['--fix'], summary: 'and take out what no place has whole' },
    check: { type: 'boolean', for: ['--fix'], summary: 'say what would be mended and change nothing' },
  },
  examples: [
    { line: 'lockstep backup-verify', says: 'everything' },
    { line: 'lockstep backup-verify --local', says: 'without asking the hosts' },
    { line: 'lockstep backup-verify --fix --check', says: 'what would be mended, and from where' },
  ],
  output: verifyOutput,
  run: async (call) => {
    const [{ inProject }, { verifyBackups }] = await Promise.all([
      import('../in-project.ts'),
      import('../../app/backup/verify-backups.ts'),
    ])
    const { ports, flags, rest, report } = call
    const onHost = (host: string, state: string): void => report.host(host, state)
    const prepare = (): Promise<void> => ports.fleet.prepare(report)
    const { local, fix, drop, check } = flags
    const options = { local, hosts: flags.hosts ?? null, arguments: rest, onHost, prepare }
    const action = fix && !check ? 'change' : 'look'
    const found = await inProject(call, { action, keepsSecrets: true }, (open) =>
      verifyBackups(ports, open, { ...options, fix: fix ? { check, drop } : null }),
    )
    return verifiedResult(found, { fix, check })
  },
})

import { fail } from '../../core/errors.ts'
import { define, type Command } from '../command.ts'
import { checkFlag } from '../fleet-flags.ts'
import { restoredResult } from '../restored-result.ts'

export const command: Command = define({
  name: 'restore',
  area: 'safety',
  summary: 'put a backup back, with nothing but the recovery identity',
  about: `
Opens an archive of lockstep backup with the recovery identity, or with enough shares of it, decrypts everything in it,
and writes the project into an empty directory: all of it or nothing, whenever it is killed. An archive that somebody
else made for the public recipient is refused. Over a project that is there it loses nothing newer unless --over-newer
says so. Inside its project a backup opens without the recovery identity.`,
  args: [{ name: 'ARCHIVE', required: true, summary: 'the archive: a path, or its name in backups/' }],
  flags: {
    identity: { type: 'string', value: 'FILE', summary: 'the recovery identity' },
    share: { type: 'list', value: 'FILE', summary: 'a share of it; once for each' },
    to: {
      type: 'string',
      value: 'DIRECTORY',
      summary: 'where to (default: the project, or the empty directory, we are in)',
    },
    ...checkFlag,
    'over-newer': { type: 'boolean', summary: 'also where that loses what is newer there' },
  },
  examples: [
    {
      line: 'lockstep restore shop-20261123T003512Z-0007.backup --identity recovery.txt --to shop',
      says: 'all is lost',
    },
    { line: 'lockstep restore shop.backup --share ann.txt --share ben.txt', says: 'from two shares' },
    { line: 'lockstep restore shop-20261123T003512Z-0007.backup --check', says: 'what would change here' },
  ],
  output: {
    type: 'object',
    properties: {
      directory: { type: 'string' },
      check: { type: 'boolean' },
      archive: {
        type: 'object',
        properties: {
          project: { type: 'string' },
          environment: { type: 'string' },
          number: { type: 'integer' },
          made: { type: 'string' },
        },
        required: ['project', 'environment', 'number', 'made'],
        additionalProperties: false,
      },
      secrets: { type: 'integer', description: 'that were decrypted with the restored password' },
      written: { type: 'array', items: { type: 'string' } },
      removed: { type: 'array', items: { type: 'string' } },
      same: { type: 'integer', description: 'files that were as in the backup' },
      newer: { type: 'array', items: { type: 'string' }, description: 'what is lost by it' },
      notes: { type: 'array', items: { type: 'string' } },
    },
    required: ['directory', 'check', 'archive', 'secrets', 'written', 'removed', 'same', 'newer', 'notes'],
    additionalProperties: false,
  },
  run: async ({ args, flags, ports, environment }) => {
    const [{ findArchive }, { findRecoveryKey }, { restoreAndTell }, { absolutePath }] = await Promise.all([
      import('../../app/backup/find-archive.ts'),
      import('../../app/backup/find-key.ts'),
      import('../../app/backup/restore-and-tell.ts'),
      import('../../core/absolute-path.ts'),
    ])
    const { cwd } = ports.machine
    const identity = flags.identity ?? null
    const key = await findRecoveryKey(ports, { identity, shares: flags.share })
    const { path, bytes, root } = await findArchive(ports, args.ARCHIVE)
    if (bytes === null) {
      const elsewhere =
        'name the file by its path; a host that has a copy has it in backups/ of the project’s directory'
      const hint = root === null ? elsewhere : 'lockstep backup list'
      throw fail('NOT_FOUND', 'no such backup', { at: args.ARCHIVE, hint })
    }
    const brought = [path, ...(identity === null ? [] : [identity]), ...flags.share].map((one) =>
      absolutePath(one, cwd),
    )
    const directory = flags.to === undefined ? (root ?? cwd) : absolutePath(flags.to, cwd)
    const { check, 'over-newer': overNewer } = flags
    const options = { archive: args.ARCHIVE, environment, bytes, key, directory, brought, check, overNewer }
    return restoredResult(await restoreAndTell(ports, options), { check, isHere: directory === cwd })
  },
})

import { keyringOf } from '../../src/app/backup/backup-keyring.ts'
import { makeBackup, type MadeBackup } from '../../src/app/backup/make-backup.ts'
import { changeProject } from '../../src/app/project/change-project.ts'
import { printRecovery } from '../../src/core/backup/recovery-text.ts'
import type { Ports } from '../../src/core/ports.ts'
import { Secret } from '../../src/core/secret.ts'
import { identityToRecipient } from 'age-encryption'
import { projectIn, testTime, type TestProject } from './project.ts'
import type { Ending } from './temporary.ts'

/** A recovery identity that is the same in every test. */
export const recoveryKey = 'AGE-SECRET-KEY-1PKQNR2YKYC6D4P967SUPTVC3Q5C2PEQ7MYWARLNGAR767D2JAPPQ96WYCW'

export interface BackupProject extends TestProject {
  /** The text of its recovery identity. */
  readonly recovery: Secret
  /** Makes one more; each a minute after the one before. */
  backup(): Promise<MadeBackup>
}

/** A project with secrets that backups can be made of. */
export const backupProject = async (
  t: Ending,
  options: Parameters<typeof projectIn>[1] = {},
): Promise<BackupProject> => {
  let now = testTime
  const clock: Ports['clock'] = { now: () => now, sleep: () => Promise.resolve() }
  const secrets = { aws: { AWS_KEY: 'value-1' }, 'hosts/onode1/db': { DB_KEY: 'value-2' } }
  const made = await projectIn(t, { secrets, ...options, ports: { clock, ...options.ports } })
  const { ports, open, project } = made
  const [{ check }] = keyringOf(await open().keys())
  const recipient = await identityToRecipient(recoveryKey)
  const added = '2025-11-22T15:00:00Z'
  await changeProject(ports, open(), { recovery: { recipient, added, check } })
  const { environment, manifest } = project
  const recovery = printRecovery({
    project: manifest.project,
    environment,
    check,
    recipient,
    key: new Secret(recoveryKey),
  })
  const backup = async (): Promise<MadeBackup> => {
    now += 60_000
    return makeBackup(ports, open())
  }
  return { ...made, recovery, backup }
}

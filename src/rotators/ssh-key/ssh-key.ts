import { fail } from '../../core/errors.ts'
import { counted } from '../../core/names.ts'
import { hasKey, withKey, withoutKey } from '../../core/rotators/authorized-keys.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Attempt, Held, Rotator, RotatorKind, Step } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { settingsOf } from '../../core/rotators/settings.ts'
import type { Secret } from '../../core/secret.ts'
import { sshFingerprint } from '../../crypto/open-ssh-key.ts'
import { keyPairOf, type KeyParts } from './key-parts.ts'
import { changeKeyFile, readKeyFile, shellOf, type RunAt } from './key-file.ts'
import { sshOf, type Ssh } from './ssh.ts'
import { isUserName, targetIn, targetsIn, type Target } from './target.ts'

const own = ['private', 'public', 'targets', 'admin', 'login', 'via', 'config']

/** A key pair that logs in to accounts whose authorized_keys has a line for it. A second line with the same options is
 *  put behind that one, a login with the new key proves it, and the first one goes. */
export const sshKey: RotatorKind = {
  open: (credential, ports) => {
    const plan = planOf(credential, ports)
    return {
      oldStays: 'both',
      changes: plan.parts.names,
      look: (held) => look(plan, held),
      propose: async () => ({ values: plan.parts.make(plan.comment), marks: {} }),
      install: async (attempt) => {
        const [former, pending] = [plan.parts.former(attempt.former), plan.parts.pending(attempt.pending)]
        for (const target of plan.targets) {
          const change = (file: string | null): string => added(plan, target, file ?? '', former, pending.open)
          await changeKeyFile(target, plan.runAt(attempt, plan.parts.secret(attempt.former)), change)
        }
        return { values: attempt.pending, marks: attempt.marks }
      },
      verify: async (attempt) => {
        const { secret, open } = plan.parts.pending(attempt.pending)
        for (const target of plan.targets) {
          if (await plan.ssh.letsIn(secret, sshFingerprint(open), target, attempt)) continue
          throw refused(target, 'the new key')
        }
      },
      retire: (attempt) => retire(plan, attempt),
      withdraw: async (attempt) => {
        const { open } = plan.parts.pending(attempt.pending)
        for (const target of plan.targets) {
          const change = (file: string | null): string | null => file && withoutKey(file, open)
          await changeKeyFile(target, plan.runAt(attempt, plan.parts.secret(attempt.former)), change)
        }
      },
    } satisfies Rotator
  },
}

interface Plan {
  readonly parts: KeyParts
  readonly targets: readonly Target[]
  readonly comment: string
  readonly ssh: Ssh
  /** How files there are changed; `key` is the one that is in force. */
  readonly runAt: (step: Step, key: Secret | null) => RunAt
}

const planOf = (credential: Credential, ports: RotatorPorts): Plan => {
  const settings = settingsOf(credential, own)
  const [config, via] = [settings.text('config'), targetIn(settings, 'via')]
  const file = config === null || config.startsWith('/') ? config : `${ports.directory}/${config}`
  const admin = settings.word('admin', ['own', 'key']) ?? 'own'
  const login = settings.text('login')
  if (login !== null && !isUserName(login)) throw settings.wrong('login', 'is no name of an account')
  if (login !== null && admin === 'key') {
    throw settings.wrong('login', 'the key logs in to its own account alone', 'leave out admin: key')
  }
  const ssh = sshOf(ports, { config: file, via })
  const runAt = (step: Step, key: Secret | null): RunAt => {
    if (admin === 'key' && key === null) throw settings.wrong('admin', 'there is no key yet that could do it')
    return async (to, script) => {
      const as = login ?? to.user
      const command = shellOf(as, to.user)
      if (admin === 'key' && key !== null) return ssh.asKey(key, to, command, script, step)
      return ssh.asOperator({ ...to, user: as }, command, script, step)
    }
  }
  const comment = `lockstep ${ports.project} ${credential.id}`
  return { parts: keyPairOf(credential, settings), targets: targetsIn(settings), comment, ssh, runAt }
}

const look = async ({ parts, targets, runAt, ssh }: Plan, held: Held): Promise<{ readonly note: string }> => {
  const [former, secret] = [parts.former(held.values), parts.secret(held.values)]
  for (const target of targets) {
    const file = (await readKeyFile(target, runAt(held, secret))) ?? ''
    if (!hasKey(file, former)) throw noLine(target)
    // in an emergency it may have been shut out already
    if (secret === null || held.isEmergency) continue
    if (!(await ssh.letsIn(secret, sshFingerprint(former), target, held))) throw refused(target, 'the key in force')
  }
  return { note: counted(targets.length, 'target') }
}

const added = ({ comment }: Plan, target: Target, file: string, former: string, key: string): string => {
  const next = withKey(file, former, key, comment)
  if (next === null) throw noLine(target)
  return next
}

const retire = async ({ parts, targets, runAt, ssh }: Plan, attempt: Attempt): Promise<void> => {
  const [former, pending] = [parts.former(attempt.former), parts.pending(attempt.pending)]
  for (const target of targets) {
    await changeKeyFile(target, runAt(attempt, pending.secret), (file) => {
      if (file !== null && hasKey(file, pending.open)) return withoutKey(file, former)
      throw fail('CONFLICT', `${target.name} has no line for the new key any more`, {
        at: target.name,
        hint: 'somebody took it out of ~/.ssh/authorized_keys; the old one stays',
      })
    })
  }
  const secret = parts.secret(attempt.former)
  if (secret === null) return
  for (const target of targets) {
    if (!(await ssh.letsIn(secret, sshFingerprint(former), target, attempt))) continue
    throw fail('CONFLICT', `${target.name} still lets the old key in`, {
      at: target.name,
      hint: 'another file has it too: sshd -T | grep -i authorizedkeys there says which are read',
    })
  }
}

const noLine = ({ name, user }: Target): Error =>
  fail('CONFLICT', `${name} has no line for the key in force`, {
    at: name,
    hint: `its options, such as command= or from=, are taken over from there: see ~/.ssh/authorized_keys of ${user}`,
  })

const refused = ({ name }: Target, what: string): Error =>
  fail('DENIED', `${name} refuses ${what}`, {
    at: name,
    hint: 'where from= in its line names another address, via: USER@HOST proves it from there; else look at the log of sshd',
  })

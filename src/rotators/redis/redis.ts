import { fail } from '../../core/errors.ts'
import { counted, quoteName } from '../../core/names.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { lettersFor, randomText } from '../../core/rotators/random-text.ts'
import { redisPlace, type RedisServer } from '../../core/rotators/redis-door.ts'
import {
  valuesAfter,
  type Attempt,
  type Held,
  type Rotator,
  type RotatorKind,
  type Step,
} from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { secretNamed, settingsOf } from '../../core/rotators/settings.ts'
import type { Secret } from '../../core/secret.ts'
import { sha256 } from '../../crypto/derive.ts'
import { aclOf, rights, type Acl, type AclUser } from './acl.ts'
import { addressOf, type Address } from './address.ts'

const own = ['user', 'password', 'url', 'host', 'port', 'nodes', 'tls', 'admin', 'admin_user', 'bytes', 'persist']

/** The password of an ACL user, of which Redis 6 and newer take several at a time. The server is told its SHA-256
 *  alone, but for the logins. */
export const redis: RotatorKind = {
  open: (credential, ports) => {
    const plan = planOf(credential, ports)
    return {
      oldStays: 'both',
      look: async (held) => ({ note: await lookAt(plan, held) }),
      propose: async ({ values }) => {
        const password = randomText(ports.random, 'alphanumeric', lettersFor('alphanumeric', credential.rotate.bytes))
        return {
          values: plan.address.withPassword(values, password),
          marks: plan.address.isUserTold(values) ? { user: plan.address.user(values) } : {},
        }
      },
      install: async (attempt) => {
        const added = hashOf(passwordIn(plan, attempt))
        await everywhere(plan, attempt, 'former', async (acl, user, called) => {
          const { passwords } = await userOf(acl, user, called)
          if (!passwords.includes(added)) await acl.addPassword(user, added)
          return true
        })
        return { values: attempt.pending, marks: attempt.marks }
      },
      verify: async (attempt) => {
        const [password, values] = [passwordIn(plan, attempt), valuesAfter(attempt)]
        for (const server of plan.address.servers(values)) {
          const called = plan.address.calledUser(values)
          await talk(plan, server, attempt, (acl) => acl.login(plan.address.user(values), [password], called))
        }
      },
      retire: (attempt) => retire(plan, attempt),
      withdraw: (attempt) => withdraw(plan, attempt),
    } satisfies Rotator
  },
}

interface Plan {
  readonly address: Address
  readonly door: RotatorPorts['redis']
  readonly admin: { readonly user: string; readonly password: (step: Step) => Secret } | null
  readonly isSaved: boolean
}

const planOf = (credential: Credential, ports: RotatorPorts): Plan => {
  const settings = settingsOf(credential, own)
  const [secret, user] = [settings.text('admin'), settings.text('admin_user')]
  if (secret === null && user !== null) {
    throw settings.wrong('admin_user', 'has no password', 'admin: NAME is the secret that holds it')
  }
  return {
    address: addressOf(credential, settings),
    door: ports.redis,
    admin:
      secret === null
        ? null
        : { user: user ?? 'default', password: (step) => secretNamed(settings, 'admin', step, secret) },
    isSaved: settings.flag('persist') ?? true,
  }
}

const lookAt = async (plan: Plan, held: Held): Promise<string> => {
  const user = plan.address.user(held.values)
  const password = plan.address.password(held.values)
  const notes = new Set<string>()
  for (const server of plan.address.servers(held.values)) {
    await talk(plan, server, held, async (acl) => {
      const called = plan.address.calledUser(held.values)
      const as = await enter(plan, acl, held, { user, called, passwords: password === null ? [] : [password] })
      const { passwords } = await userOf(acl, user, called)
      if ((await acl.mayChange(as.user, user)) === false) {
        throw fail('DENIED', `the user ${as.called} may not change the user ${called}`, { hint: rights })
      }
      notes.add(counted(passwords.length, 'password'))
      if (password !== null && !passwords.includes(hashOf(password))) notes.add('ours is none of them')
      if (!plan.isSaved) notes.add('persist: false')
      else if ((await acl.isKept()) === false) notes.add('a restart of the server undoes it')
    })
  }
  return [...notes].join(', ')
}

const retire = async (plan: Plan, attempt: Attempt): Promise<void> => {
  const former = plan.address.password(attempt.former)
  const [kept, ended] = [hashOf(passwordIn(plan, attempt)), former === null ? null : hashOf(former)]
  await everywhere(plan, attempt, 'pending', async (acl, user, called) => {
    const { passwords } = await userOf(acl, user, called)
    if (!passwords.includes(kept)) {
      throw fail('CONFLICT', `the user ${called} does not have the new password`, {
        hint: 'somebody else changed its passwords: ACL GETUSER shows them as SHA-256',
      })
    }
    if (ended !== null && ended !== kept && passwords.includes(ended)) await acl.removePassword(user, ended)
    // who logged in with the old one is in until the connection ends
    if (attempt.isEmergency) await acl.disconnect(user)
    return true
  })
}

const withdraw = async (plan: Plan, attempt: Attempt): Promise<void> => {
  const [former, pending] = [plan.address.password(attempt.former), plan.address.password(attempt.pending)]
  if (pending === null || former?.equals(pending) === true) return
  const ended = hashOf(pending)
  await everywhere(plan, attempt, 'former', async (acl, user) => {
    const found = await acl.user(user)
    if (found?.passwords.includes(ended) === true) await acl.removePassword(user, ended)
    return found !== null
  })
}

/** Does it on each server as the administrator, or as the user itself with whichever of both passwords is taken, the one
 *  named first; then has the server write it down. */
const everywhere = async (
  plan: Plan,
  attempt: Attempt,
  first: 'former' | 'pending',
  work: (acl: Acl, user: string, called: string) => Promise<boolean>,
): Promise<void> => {
  const values = valuesAfter(attempt)
  const [user, called] = [plan.address.user(values), plan.address.calledUser(values)]
  const order = first === 'former' ? [attempt.former, attempt.pending] : [attempt.pending, attempt.former]
  const passwords = order.flatMap((each) => plan.address.password(each) ?? [])
  for (const server of plan.address.servers(values)) {
    await talk(plan, server, attempt, async (acl) => {
      await enter(plan, acl, attempt, { user, called, passwords })
      // also where nothing was to do: a run before this one may have been killed between the two
      if ((await work(acl, user, called)) && plan.isSaved) await acl.save()
    })
  }
}

interface Own {
  readonly user: string
  readonly called: string
  readonly passwords: readonly Secret[]
}

/** Logs in; as whom. */
const enter = async ({ admin }: Plan, acl: Acl, step: Step, own: Own): Promise<Pick<Own, 'user' | 'called'>> => {
  if (admin === null) {
    await acl.login(own.user, own.passwords, own.called)
    return own
  }
  const called = quoteName(admin.user)
  await acl.login(admin.user, [admin.password(step)], called)
  return { user: admin.user, called }
}

const talk = async (plan: Plan, server: RedisServer, step: Step, work: (acl: Acl) => Promise<void>): Promise<void> => {
  const conversation = await plan.door.open(server, step.signal)
  try {
    await work(aclOf(conversation, redisPlace(server)))
  } finally {
    conversation.end()
  }
}

/** @throws CONFIG, CONFLICT where a password of this user would prove nothing */
const userOf = async (acl: Acl, name: string, called: string): Promise<AclUser> => {
  const user = await acl.user(name)
  const typed = called === quoteName(name) ? called : 'NAME'
  if (user === null)
    throw fail('CONFIG', `there is no user ${called}`, { hint: 'ACL SETUSER makes one; user: names it' })
  if (user.flags.includes('nopass')) {
    throw fail('CONFLICT', `anybody may log in as the user ${called}: it is nopass`, {
      hint: `give it a password first: ACL SETUSER ${typed} resetpass '#SHA256'`,
    })
  }
  if (user.flags.includes('off')) {
    throw fail('CONFLICT', `the user ${called} is switched off`, { hint: `ACL SETUSER ${typed} on` })
  }
  return user
}

const passwordIn = ({ address }: Plan, { pending }: Attempt): Secret => {
  const password = address.password(pending)
  if (password !== null) return password
  throw fail('CONFLICT', 'the new password is not known', { hint: 'end this rotation and begin another' })
}

const hashOf = (password: Secret): string => sha256(password.bytes())

import { fail } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import { patiently } from '../../core/rotators/patiently.ts'
import type { Attempt, Held, Proposal, Rotator, Step } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { onlyOrPartOf, type Settings } from '../../core/rotators/settings.ts'
import { askNew } from '../shared/ask-new.ts'
import type { ByHandOpening } from './opening.ts'
import { isScope, missingScopes } from './scopes.ts'
import { tokenOwners, type TokenOwners } from './token-owner.ts'

export const tokenSettings: readonly string[] = ['token', 'url', 'user', 'scopes', 'revoke', 'endpoint']

/** A personal access token: only a person can make one. It must belong to the same account and be allowed as much. The
 *  old one is ended by a person, or by us (`revoke: true`, and in an emergency). */
export const tokenKind = (opening: ByHandOpening): Rotator => {
  const plan = planOf(opening)
  return {
    oldStays: 'both',
    needsPerson: true,
    endsNothing: !plan.isRevoked,
    look: async (held) => ({ note: await lookAt(plan, held) }),
    propose: (held) => propose(plan, held),
    install: async ({ pending, marks }) => ({ values: pending, marks }),
    verify: (attempt) => verify(plan, attempt),
    retire: (attempt) => retire(plan, attempt),
    // what a person gave may be in use elsewhere: it is not ours to end
    withdraw: async () => {},
  }
}

interface Plan {
  readonly credential: Credential
  readonly ports: Pick<RotatorPorts, 'clock' | 'terminal'>
  /** Name of the secret. */
  readonly secret: string
  readonly owners: TokenOwners
  /** Where a person makes one. */
  readonly url: string
  /** What the new one may do at least, as the settings say; null: as much as the old one. */
  readonly scopes: readonly string[] | null
  /** The old one is ended by us, also where nobody is in a hurry. */
  readonly isRevoked: boolean
  readonly isCloud: boolean
}

const planOf = ({ credential, ports, settings, api }: ByHandOpening): Plan => {
  const secret = onlyOrPartOf(credential, settings, 'token', ['TOKEN'])
  const isRevoked = settings.flag('revoke') ?? false
  if (isRevoked && !api.isCloud) {
    throw settings.wrong('revoke', 'only github.com ends tokens that it is sent', 'leave it out: a person does it')
  }
  return {
    credential,
    ports,
    secret,
    owners: tokenOwners(api, secret),
    url: settings.text('url') ?? `${api.site}/settings/personal-access-tokens`,
    scopes: demandedIn(settings),
    isRevoked,
    isCloud: api.isCloud,
  }
}

const demandedIn = (settings: Settings): readonly string[] | null => {
  const demanded = settings.texts('scopes')
  if (demanded === null || demanded.every((one) => isScope(one))) return demanded
  throw settings.wrong('scopes', 'holds what is no scope', 'such as scopes: [repo, read:org]')
}

const endsOld = ({ isRevoked, isCloud }: Plan, { isEmergency }: Pick<Step, 'isEmergency'>): boolean =>
  isRevoked || (isEmergency && isCloud)

const ending = (plan: Plan, step: Pick<Step, 'isEmergency'>): string =>
  endsOld(plan, step) ? 'the old one is revoked, for good' : `the old one is ended by you: ${plan.url}`

const lookAt = async (plan: Plan, held: Held): Promise<string> => {
  const owner = await plan.owners.of(held, held.values.get(plan.secret))
  const known = held.values.has(plan.secret) ? ['GitHub refuses the one in force'] : []
  const about = owner === null ? known : [`of ${owner.login}`]
  const expires = owner?.expires ? [`expires ${owner.expires}`] : []
  return [...about, ...expires, ending(plan, held)].join(', ')
}

const propose = async (plan: Plan, held: Held): Promise<Proposal> => {
  const { credential, ports, secret, url } = plan
  const { user, hint } = credential.rotate
  const owner = await plan.owners.of(held, held.values.get(secret))
  const login = user ?? owner?.login
  const whose = login === undefined ? '' : ` as ${login}`
  const values = await askNew(ports, held, {
    id: credential.id,
    names: [secret],
    instructions: [
      ...(hint === null ? [] : [hint]),
      `make a new token${whose} at ${url}, and leave the old one there`,
      `${ending(plan, held)}${endsOld(plan, held) ? '' : ', when every host has the new one'}`,
    ],
    isMultiline: false,
    isTwice: false,
  })
  const scopes = plan.scopes ?? owner?.scopes ?? []
  return {
    values,
    marks: {
      ...(login === undefined ? {} : { login }),
      ...(scopes.length === 0 ? {} : { scopes: scopes.join(' ') }),
    },
  }
}

/** @throws DENIED for a token that GitHub refuses, of another account, and of one that may do less */
const verify = async ({ credential: { id }, secret, owners }: Plan, attempt: Attempt): Promise<void> => {
  const again = `make another one and give it: lockstep rotate ${id}`
  const refused = (message: string, hint = again): Error => fail('DENIED', message, { at: secret, hint })
  const owner = await owners.of(attempt, attempt.pending.get(secret))
  if (owner === null) throw refused('the new token is refused by GitHub')
  const { login = owner.login, scopes = '' } = attempt.marks
  if (owner.login.toLowerCase() !== login.toLowerCase()) {
    const other = `user: ${owner.login} in its rotate map says that it is to be another account`
    throw refused(`the new token belongs to ${owner.login}, not to ${login}`, `${again}; ${other}`)
  }
  const wanted = scopes === '' ? [] : scopes.split(' ')
  const missing = owner.scopes === null ? [] : missingScopes(wanted, owner.scopes)
  if (missing.length === 0) return
  const fewer = 'scopes: [SCOPE…] in its rotate map says which it is to have'
  throw refused(`the new token lacks what the old one may: ${missing.join(', ')}`, `${again}; ${fewer}`)
}

/** @throws UNAVAILABLE where GitHub does not say in the end that it is none any more */
const retire = async (plan: Plan, attempt: Attempt): Promise<void> => {
  const { secret, owners, ports } = plan
  const token = attempt.former.get(secret)
  if (!endsOld(plan, attempt) || token === undefined) return
  const isEnded = (): Promise<boolean> => owners.isEnded(attempt, token)
  if (await isEnded()) return
  await owners.revoke(attempt, token)
  if (await patiently(isEnded, (ended) => ended, { clock: ports.clock, signal: attempt.signal })) return
  throw fail('UNAVAILABLE', 'the old token is still taken by GitHub or refused for another reason than its end', {
    at: secret,
    hint: `GitHub was told to end it, and lockstep rotate --resume tells it again; by hand: ${plan.url}`,
  })
}

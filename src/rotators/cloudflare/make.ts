import { fail } from '../../core/errors.ts'
import { isoTime } from '../../core/duration.ts'
import { patiently } from '../../core/rotators/patiently.ts'
import type { Attempt, Proposal } from '../../core/rotate/rotator.ts'
import { granted, isDenied, type Answer } from './ask.ts'
import { haveSameRights, type Standing, type Token, type Tokens } from './tokens.ts'
import { asked, begun, conflict, nameWith, newToken, tokenIn, type Begun, type Cloudflare } from './whose.ts'

export const install = async (cloudflare: Cloudflare, attempt: Attempt): Promise<Proposal> => {
  const { marks, former } = attempt
  const { id, how, ending } = begun(cloudflare, attempt)
  if (newToken(cloudflare, attempt) !== null) return { values: attempt.pending, marks }
  const tokens = asked(cloudflare, attempt, former)
  // a value that nobody heard is void with the next
  if (how === 'roll')
    return { values: new Map([[cloudflare.name, await tokens.roll(id)]]), marks: { ...marks, new: id } }
  const old = granted(await tokens.get(id))
  await removeUnheard(cloudflare, tokens, ending, null)
  const made = await tokens.create({ ...old, name: nameWith(old.name, ending), expires_on: nextEnd(cloudflare, old) })
  const patience = { clock: cloudflare.ports.clock, signal: attempt.signal }
  const second = granted(
    await patiently(
      () => tokens.get(made.id),
      ({ refused }) => refused?.status !== 404,
      patience,
    ),
  )
  if (!haveSameRights(old, second)) {
    await tokens.remove(made.id)
    throw conflict(
      cloudflare,
      'the second token was made with other rights than the first, and deleted',
      'make it by hand',
    )
  }
  return { values: new Map([[cloudflare.name, made.value]]), marks: { ...marks, new: made.id } }
}

/** As far away as it was for the old one when that was made. Null: never. */
const nextEnd = ({ ports }: Cloudflare, { issued_on: issued, expires_on: expires }: Token): string | null =>
  expires === null || issued === null ? null : isoTime(ports.clock.now() + Date.parse(expires) - Date.parse(issued))

/** Ends what an earlier `install` made and nobody heard: its name says that it is of this rotation.
 *  @param but id of the one that stays. @throws CONFLICT where somebody used it all the same */
export const removeUnheard = async (
  cloudflare: Cloudflare,
  tokens: Tokens,
  ending: Begun['ending'],
  but: string | null,
): Promise<void> => {
  for (const { id, last_used_on: used } of await tokens.listNamed(ending)) {
    if (id === but) continue
    if (used !== null) {
      const hint = `is another run at work? Else delete it in Cloudflare’s dashboard, then lockstep rotate --resume`
      throw conflict(cloudflare, `the token ${id} was made by this rotation, and used ${used}`, hint)
    }
    await tokens.remove(id)
  }
}

/** A token that is new is not known everywhere at once. */
const willDo = ({ refused, result }: Answer<Standing>): boolean =>
  refused === null ? result.status === 'active' : !isDenied(refused)

/** The new token works, and is the one that was made. Where it replaces itself, it has to be able to do that too. */
export const verify = async (cloudflare: Cloudflare, attempt: Attempt): Promise<void> => {
  const { clock } = cloudflare.ports
  const tokens = cloudflare.as(tokenIn(cloudflare, attempt.pending), attempt)
  const patience = { clock, signal: attempt.signal }
  const { id, status } = granted(await patiently(() => tokens.verify(), willDo, patience))
  if (status !== 'active')
    throw fail('DENIED', `the new token is ${status} at Cloudflare`, { at: cloudflare.credential.id })
  if (id !== attempt.marks['new']) {
    throw conflict(
      cloudflare,
      'the new value belongs to another token than was made',
      'lockstep rotate --abort begins anew',
    )
  }
  if (cloudflare.admin !== null) return
  granted(
    await patiently(
      () => tokens.get(id),
      ({ refused }) => refused === null || !isDenied(refused),
      patience,
    ),
  )
}

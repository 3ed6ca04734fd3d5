import { fail } from '../../core/errors.ts'
import { patiently } from '../../core/rotators/patiently.ts'
import type { Attempt } from '../../core/rotate/rotator.ts'
import { isDenied, refusedWith } from './ask.ts'
import { removeUnheard, verify } from './make.ts'
import { asked, begun, conflict, newToken, type Cloudflare } from './whose.ts'

/** The last token that works is never ended: the new one has to be there first. */
export const retire = async (cloudflare: Cloudflare, attempt: Attempt): Promise<void> => {
  const { id, how, ending } = begun(cloudflare, attempt)
  const next = attempt.marks['new']
  if (newToken(cloudflare, attempt) === null || next === undefined || (next === id) !== (how === 'roll')) {
    throw conflict(
      cloudflare,
      'there is no new token that could take the place of the old one',
      'lockstep rotate --abort',
    )
  }
  await verify(cloudflare, attempt)
  if (how === 'second') {
    const tokens = asked(cloudflare, attempt, attempt.pending)
    await removeUnheard(cloudflare, tokens, ending, next)
    await tokens.remove(id)
  }
  await isEnded(cloudflare, attempt)
}

/** @throws UNAVAILABLE where the old value still gets in after a while */
const isEnded = async (cloudflare: Cloudflare, attempt: Attempt): Promise<void> => {
  const old = attempt.former.get(cloudflare.name)
  if (old === undefined) return
  const tokens = cloudflare.as(old, attempt)
  const patience = { clock: cloudflare.ports.clock, signal: attempt.signal }
  const { refused } = await patiently(
    () => tokens.verify(),
    (answer) => answer.refused !== null,
    patience,
  )
  if (refused !== null && isDenied(refused)) return
  if (refused !== null) throw refusedWith(refused)
  throw fail('UNAVAILABLE', 'the old token still gets in after it was ended', {
    at: cloudflare.credential.id,
    hint: 'lockstep rotate --resume asks again',
  })
}

export const withdraw = async (cloudflare: Cloudflare, attempt: Attempt): Promise<void> => {
  const { id, how, ending } = begun(cloudflare, attempt)
  const old = attempt.former.get(cloudflare.name)
  const standing = old === undefined ? null : await cloudflare.as(old, attempt).verify()
  if (standing !== null && standing.refused !== null && !isDenied(standing.refused)) throw refusedWith(standing.refused)
  if (standing?.result?.id !== id || standing.result.status !== 'active') {
    throw conflict(
      cloudflare,
      'the old token is void already, for good',
      'Cloudflare’s dashboard gives it another value',
    )
  }
  if (how === 'roll') return
  const tokens = asked(cloudflare, attempt, attempt.former)
  const { new: next } = attempt.marks
  if (next !== undefined && next !== id) await tokens.remove(next)
  await removeUnheard(cloudflare, tokens, ending, null)
}

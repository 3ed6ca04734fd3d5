import { fail } from '../../core/errors.ts'
import type { Held } from '../../core/rotate/rotator.ts'
import { granted, isDenied } from './ask.ts'
import type { Token } from './tokens.ts'
import { asked, tokenIn, type Cloudflare } from './whose.ts'

/** The token in force, with its rights. @throws what would stop a rotation */
export const survey = async (cloudflare: Cloudflare, held: Held): Promise<Token> => {
  const { name, admin, credential } = cloudflare
  const { at } = credential.rotate
  const { id, status } = granted(await cloudflare.as(tokenIn(cloudflare, held.values), held).verify())
  if (status !== 'active') {
    throw fail('CONFIG', `${name} is ${status} at Cloudflare`, {
      at,
      hint: 'see the API tokens in Cloudflare’s dashboard',
    })
  }
  const asks = asked(cloudflare, held, held.values)
  if (admin !== null) granted(await asks.verify())
  const answer = await asks.get(id)
  const cannot = fail('CONFIG', `${name} may not make tokens, so that it cannot replace itself`, {
    at,
    hint: 'rotate: { admin: NAME } names the secret with a token that has the right API Tokens Write, in a group that no container is given',
  })
  if (admin === null && answer.refused !== null && isDenied(answer.refused)) throw cannot
  const token = granted(answer)
  if (admin === null && !mayMake(token)) throw cannot
  if (token.expires_on !== null && token.issued_on === null) {
    throw fail('CONFIG', `${name} expires, and Cloudflare does not say how long it was meant to last`, { at })
  }
  return token
}

/** Reading tokens needs less than making them. Rights without a name are tried. */
const mayMake = ({ policies }: Token): boolean =>
  policies
    .filter(({ effect }) => effect === 'allow')
    .some(({ permission_groups: groups }) =>
      groups.some(({ name }) => name === null || /API Tokens (Write|Edit)$/.test(name)),
    )

import { endpointOf } from '../../core/rotators/endpoint.ts'
import type { Held, Proposal, RotatorKind } from '../../core/rotate/rotator.ts'
import { partOf, secretNamed, settingsOf } from '../../core/rotators/settings.ts'
import { asking } from './ask.ts'
import { retire, withdraw } from './end.ts'
import { install, verify } from './make.ts'
import { survey } from './survey.ts'
import { tokensAt } from './tokens.ts'
import { marksOf, type Cloudflare } from './whose.ts'

const own = ['account', 'token', 'admin', 'endpoint']

/** API tokens: a second one with the same rights is made and proved, then the first deleted. In an emergency an
 *  administrator gives the same token another value, which ends the old one at once; a token that replaces itself could
 *  not ask again where that answer is lost, so that it makes a second one even then. */
export const cloudflare: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, own)
    const account = settings.text('account')
    if (account !== null && !/^[0-9a-f]{32}$/.test(account)) {
      throw settings.wrong('account', 'is not the id of an account', 'it has 32 digits, 0 to 9 and a to f')
    }
    const name = partOf(credential, settings, 'token', ['TOKEN'])
    const admin = settings.text('admin')
    if (admin === name)
      throw settings.wrong('admin', `is ${name} itself`, 'leave it out: the token replaces itself then')
    const endpoint = endpointOf(settings, 'https://api.cloudflare.com/client/v4')
    const place = account === null ? '/user' : `/accounts/${account}`
    const ours: Cloudflare = {
      credential,
      ports,
      name,
      admin: admin === null ? null : (step) => secretNamed(settings, 'admin', step, admin),
      as: (token, { signal }) => tokensAt(asking(ports.http, endpoint, token, signal), place),
    }
    return {
      oldStays: 'both',
      installEnds: admin !== null,
      look: async (held) => {
        const { expires_on: expires } = await survey(ours, held)
        const how = held.isEmergency && admin !== null ? ['rolled: void at once'] : []
        const parts = [...how, ...(expires === null ? [] : [`expires ${expires.slice(0, 10)}`])]
        return { note: parts.length === 0 ? null : parts.join(', ') }
      },
      propose: (held) => proposal(ours, held),
      install: (attempt) => install(ours, attempt),
      verify: (attempt) => verify(ours, attempt),
      retire: (attempt) => retire(ours, attempt),
      withdraw: (attempt) => withdraw(ours, attempt),
    }
  },
}

const proposal = async (ours: Cloudflare, held: Held): Promise<Proposal> => {
  const { id } = await survey(ours, held)
  const tag = Array.from(ours.ports.random.bytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { values: new Map(), marks: marksOf(id, held.isEmergency && ours.admin !== null ? 'roll' : 'second', tag) }
}

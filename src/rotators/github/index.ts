import type { Rotator, RotatorKind } from '../../core/rotate/rotator.ts'
import { settingsOf, type Settings } from '../../core/rotators/settings.ts'
import { openApi } from './api.ts'
import { appKeyKind, appKeySettings } from './app-key.ts'
import { deployKeyKind, deployKeySettings } from './deploy-key.ts'
import { openLogin } from './login.ts'
import type { ByHandOpening, Opening } from './opening.ts'
import { secretKind, secretSettings } from './secret.ts'
import { tokenKind, tokenSettings } from './token.ts'

type Kind =
  | { readonly own: readonly string[]; readonly open: (opening: Opening) => Rotator }
  | { readonly own: readonly string[]; readonly byHand: (opening: ByHandOpening) => Rotator }

const kinds: Readonly<Record<string, Kind>> = {
  secret: { own: secretSettings, open: secretKind },
  'deploy-key': { own: deployKeySettings, open: deployKeyKind },
  'app-key': { own: appKeySettings, byHand: appKeyKind },
  token: { own: tokenSettings, byHand: tokenKind },
}

/** What GitHub holds: `kind:` says which. */
export const github: RotatorKind = {
  // stored under a name of its own, a group's only key is the credential
  isEach: ({ settings }) => settings['kind'] === 'secret' && settings['name'] === undefined,
  open: (credential, ports) => {
    const every = Object.values(kinds).flatMap(({ own }) => own)
    const kind = kindIn(settingsOf(credential, ['kind', ...every]))
    const settings = settingsOf(credential, ['kind', ...kind.own])
    const opening = { credential, ports, settings, api: openApi(settings, ports.http) }
    if ('byHand' in kind) return kind.byHand(opening)
    return kind.open({ ...opening, login: openLogin(settings, credential.rotate, opening.api, ports.clock) })
  },
}

const kindIn = (settings: Settings): Kind => {
  const names = Object.keys(kinds)
  const kind = kinds[settings.word('kind', names) ?? '']
  if (kind !== undefined) return kind
  throw settings.wrong('kind', 'is missing', `one of ${names.join(', ')}`)
}

import type { Rotator, RotatorKind } from '../../core/rotate/rotator.ts'
import { settingsOf, type Settings } from '../../core/rotate/settings.ts'
import { openApi } from './api.ts'
import { deployKeyKind, deployKeySettings } from './deploy-key.ts'
import { openLogin } from './login.ts'
import type { Opening } from './opening.ts'
import { secretKind, secretSettings } from './secret.ts'

interface Kind {
  readonly own: readonly string[]
  readonly open: (opening: Opening) => Rotator
}

const kinds: Readonly<Record<string, Kind>> = {
  secret: { own: secretSettings, open: secretKind },
  'deploy-key': { own: deployKeySettings, open: deployKeyKind },
}

/** What GitHub holds: `kind:` says which. */
export const github: RotatorKind = {
  // stored under a name of its own, a group's only key is the credential
  isEach: ({ settings }) => settings['kind'] === 'secret' && settings['name'] === undefined,
  open: (credential, ports) => {
    const every = Object.values(kinds).flatMap(({ own }) => own)
    const kind = kindIn(settingsOf(credential, ['kind', ...every]))
    const settings = settingsOf(credential, ['kind', ...kind.own])
    const api = openApi(settings, ports.http)
    const login = openLogin(settings, credential.rotate, api, ports.clock)
    return kind.open({ credential, ports, settings, api, login })
  },
}

const kindIn = (settings: Settings): Kind => {
  const names = Object.keys(kinds)
  const kind = kinds[settings.word('kind', names) ?? '']
  if (kind !== undefined) return kind
  throw settings.wrong('kind', 'is missing', `one of ${names.join(', ')}`)
}

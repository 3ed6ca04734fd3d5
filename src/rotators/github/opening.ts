import type { Credential } from '../../core/rotate/credential.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { Settings } from '../../core/rotators/settings.ts'
import type { Api } from './api.ts'
import type { Login } from './login.ts'

/** What a kind of credential at GitHub is made from. */
export interface ByHandOpening {
  readonly credential: Credential
  readonly ports: RotatorPorts
  readonly settings: Settings
  readonly api: Api
}

export interface Opening extends ByHandOpening {
  readonly login: Login
}

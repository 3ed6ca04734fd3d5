import { isHostName } from '../../core/names.ts'
import type { Settings } from '../../core/rotators/settings.ts'

/** An account that the key logs in to. */
export interface Target {
  /** As the setting has it. */
  readonly name: string
  readonly user: string
  readonly host: string
  /** Null: what the operator's ssh says. */
  readonly port: number | null
}

const example = 'targets: [deploy@host1.example.com, deploy@host2.example.com:2222]'

/** @throws CONFIG for none, one that is none, and one that is named twice */
export const targetsIn = (settings: Settings): readonly Target[] => {
  const names = settings.texts('targets') ?? []
  if (names.length === 0) throw settings.wrong('targets', 'is missing: nobody says where the key logs in', example)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw settings.wrong('targets', 'one of them is named twice', example)
  return names.map((name) => targetFrom(settings, 'targets', name))
}

/** One setting that names an account. @throws CONFIG */
export const targetIn = (settings: Settings, setting: string): Target | null => {
  const name = settings.text(setting)
  return name === null ? null : targetFrom(settings, setting, name)
}

/** A name that is one word for every shell. */
export const isUserName = (name: string): boolean => /^[A-Za-z_][A-Za-z0-9._-]{0,31}$/.test(name)

const targetFrom = (settings: Settings, setting: string, name: string): Target => {
  const [, user = '', six = null, plain = '', digits = null] =
    /^([^@]*)@(?:\[([0-9A-Fa-f:.]+)\]|([^@:[\]]+))(?::([1-9]\d{0,4}))?$/.exec(name) ?? []
  const port = digits === null ? null : Number(digits)
  if (isUserName(user) && (six !== null || isHostName(plain)) && (port ?? 1) <= 65_535) {
    return { name, user, host: six ?? plain, port }
  }
  throw settings.wrong(setting, 'must be USER@HOST or USER@HOST:PORT', example)
}

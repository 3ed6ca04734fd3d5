import { isLoopback } from '../loopback.ts'
import type { Settings } from './settings.ts'

/** Where upstream is spoken to: what the setting says, else the usual place. Clear text only to this machine.
 *  @throws CONFIG for anything but a plain https address */
export const endpointOf = (settings: Settings, usual: string, setting: string = 'endpoint'): URL => {
  const address = URL.parse(settings.text(setting) ?? usual)
  const wrong = (message: string): Error => settings.wrong(setting, message, `such as ${setting}: ${usual}`)
  if (address === null || !/^https?:$/.test(address.protocol)) throw wrong('is not an https address')
  if (address.username !== '' || address.password !== '') throw wrong('holds an account')
  if (address.search !== '' || address.hash !== '') throw wrong('must end with its path')
  if (address.protocol === 'http:' && !isLoopback(address.hostname)) throw wrong('must be https')
  return address
}

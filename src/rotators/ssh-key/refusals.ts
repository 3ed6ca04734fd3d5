import { fail, type Code, type SecretsError } from '../../core/errors.ts'
import type { Target } from './target.ts'

/** What ssh says where it does not get in; the first that fits. */
const known: readonly (readonly [words: RegExp, code: Code, message: string, hint: string])[] = [
  [
    /host key is known for/i,
    'UNSAFE',
    'its host key is not in known_hosts yet',
    'connect once by hand with ssh, and compare the fingerprint that it shows with what the provider says',
  ],
  [
    /host key verification failed|identification has changed/i,
    'UNSAFE',
    'the host key is not the one in known_hosts',
    'if the host was re-installed, remove its old key with ssh-keygen -R and check the new one by another way',
  ],
  [
    /permission denied|too many authentication failures/i,
    'DENIED',
    'it refuses the login',
    'see what ssh -o BatchMode=yes says; login: NAME is another account there, admin: key lets the key change itself',
  ],
  [/could not resolve hostname/i, 'UNAVAILABLE', 'its name is not known', 'see whether targets: is right'],
  [/connection refused/i, 'UNAVAILABLE', 'nobody listens there', 'see whether sshd runs, and on which port'],
  [
    /bad configuration option|bad owner or permissions|can't open user config|terminating, \d+ bad/i,
    'CONFIG',
    'ssh cannot read its own settings',
    'try ssh -G HOST; config: names another file',
  ],
]

/** @param said what ssh printed; of that nothing is shown */
export const refusalOf = (said: string, { name }: Pick<Target, 'name'>): SecretsError => {
  const lines = said.split('\n').filter((line) => !line.startsWith('debug1: '))
  const found = known.find(([words]) => lines.some((line) => words.test(line)))
  if (found === undefined) {
    return fail('UNAVAILABLE', `${name} does not answer ssh`, { at: name, hint: `try ssh ${name}` })
  }
  const [, code, message, hint] = found
  return fail(code, `${name}: ${message}`, { at: name, hint })
}

export const noKey = (): SecretsError =>
  fail('CONFLICT', 'ssh cannot read the private key', {
    hint: 'it has to be one without a passphrase: ssh-keygen -y -f FILE reads it',
  })

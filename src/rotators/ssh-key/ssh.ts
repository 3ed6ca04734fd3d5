import { fail, hasCode } from '../../core/errors.ts'
import type { RunResult } from '../../core/ports.ts'
import type { Step } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { Secret } from '../../core/secret.ts'
import { isFingerprint } from '../../crypto/open-ssh-key.ts'
import { noKey, refusalOf } from './refusals.ts'
import type { Target } from './target.ts'

/** How ssh is started here. */
export interface Ssh {
  /** The operator's own login. What the program answered, whatever its status. @throws UNAVAILABLE, DENIED, UNSAFE */
  asOperator(to: Target, command: string, script: string, step: Step): Promise<RunResult>
  /** The same with this key. */
  asKey(key: Secret, to: Target, command: string, script: string, step: Step): Promise<RunResult>
  /** Does this key let one in? Nothing is run there, not even a forced command. Other keys of the operator prove
   *  nothing. @throws UNAVAILABLE, UNSAFE */
  letsIn(key: Secret, fingerprint: string, to: Target, step: Step): Promise<boolean>
}

export interface SshOptions {
  /** Another file than the operator's own settings. */
  readonly config: string | null
  /** A host that `letsIn` goes through. */
  readonly via: Target | null
}

/** Milliseconds; ssh's own limits below are shorter. */
const patience = 60_000
const largest = 1024 * 1024

const setting = (name: string, value: string | number): readonly string[] => ['-o', `${name}=${value}`]

/** Nothing is asked, believed, forwarded or left running. */
const strict: readonly string[] = [
  ...setting('BatchMode', 'yes'),
  ...setting('StrictHostKeyChecking', 'yes'),
  ...setting('UpdateHostKeys', 'no'),
  ...setting('ConnectTimeout', 10),
  ...setting('ServerAliveInterval', 5),
  ...setting('ServerAliveCountMax', 3),
  ...setting('ControlMaster', 'no'),
  ...setting('ClearAllForwardings', 'yes'),
  ...setting('ForwardAgent', 'no'),
  ...setting('ForwardX11', 'no'),
  ...setting('PermitLocalCommand', 'no'),
  ...setting('RemoteCommand', 'none'),
  ...setting('RequestTTY', 'no'),
]

/** The key of our agent first. The hosts in between are spoken to with the operator's. */
const keyAlone: readonly string[] = [
  ...setting('IdentityAgent', '$LOCKSTEP_KEY_AGENT'),
  ...setting('IdentitiesOnly', 'no'),
  ...setting('IdentityFile', 'none'),
  ...setting('AddKeysToAgent', 'no'),
  ...setting('ControlPath', 'none'),
  ...setting('PubkeyAuthentication', 'yes'),
  ...setting('PreferredAuthentications', 'publickey'),
]

export const sshOf = ({ exec }: Pick<RotatorPorts, 'exec'>, { config, via }: SshOptions): Ssh => {
  const basics = [...(config === null ? [] : ['-F', config]), ...strict]
  const start = async (
    program: string,
    args: readonly string[],
    input: string,
    { to, step: { signal } }: Login,
  ): Promise<RunResult> => {
    try {
      return await exec.run(program, args, { input, signal, timeout: patience, max: largest })
    } catch (error) {
      // whoever waits for the host is not helped by the name of a shell
      throw hasCode(error, 'UNAVAILABLE') && !signal.aborted ? refusalOf('', to) : error
    }
  }
  const asKey = async (key: Secret, script: string, args: readonly string[], rest: string, login: Login) => {
    const words = ['-c', agentOfOurs, 'sh', `${takeKey}${script}`, 'sh', 'ssh', ...basics, ...keyAlone, ...args]
    const result = await start('sh', words, `${key.reveal().replaceAll('\r', '').trimEnd()}\n${rest}`, login)
    if (result.status === noAgent) {
      throw fail('CONFIG', 'there is no ssh-agent on this machine', { hint: 'it comes with OpenSSH' })
    }
    if (result.status === noKeyTaken) throw noKey()
    return result
  }
  return {
    asOperator: async (to, command, script, step) =>
      answered(await start('ssh', [...basics, ...destination(to), command], script, { to, step }), to),
    asKey: async (key, to, command, script, step) =>
      answered(await asKey(key, '"$@"; exit "$?"', [...destination(to), command], script, { to, step }), to),
    letsIn: async (key, fingerprint, to, step) => {
      const jump = via === null ? [] : ['-J', via.name]
      // more would have the hosts in between say as much
      const args = [...setting('LogLevel', 'DEBUG1'), ...jump, '-N', ...destination(to)]
      const { stdout } = await asKey(key, untilLoggedIn, args, '', { to, step })
      const said = new TextDecoder().decode(stdout)
      const isIn = /^Authenticated to /m.test(said)
      if (isIn && lastOf(said, 'Server accepts key') === fingerprint) return true
      const refusal = refusalOf(said, to)
      // else it was a host in between that refused the operator
      const wasAsked = lastOf(said, 'Offering public key', fingerprint) !== null
      if (wasAsked && (isIn || refusal.code === 'DENIED')) return false
      throw refusal
    },
  }
}

interface Login {
  readonly to: Target
  readonly step: Step
}

const destination = ({ user, host, port }: Target): readonly string[] => [
  ...(port === null ? [] : ['-p', String(port)]),
  '-l',
  user,
  '--',
  host,
]

/** 255 is ssh's own. */
const answered = (result: RunResult, to: Target): RunResult => {
  if (result.status === 255) throw refusalOf(result.stderr, to)
  return result
}

/** The fingerprint in the last line of its debug messages that begins so; or whether this one is in any of them. */
const lastOf = (said: string, words: string, wanted: string | null = null): string | null =>
  said
    .split('\n')
    .filter((line) => line.startsWith(`debug1: ${words}: `))
    .flatMap((line) => line.split(/\s/).filter(isFingerprint))
    .findLast((found) => wanted === null || found === wanted) ?? null

const [noAgent, noKeyTaken] = [127, 91]

/** An agent of our own around a script. It ends with the script; were that killed, the agent sees it within ten seconds,
 *  and forgets the key anyway. */
const agentOfOurs = 'LOCKSTEP_OWN_AGENT=${SSH_AUTH_SOCK-}; export LOCKSTEP_OWN_AGENT; exec ssh-agent -t 120 sh -c "$@"'

/** The key is what standard input begins with. It goes through a builtin to the agent: no argument, no variable that a
 *  program inherits, no file. */
const takeKey = `
trap 'kill "$SSH_AGENT_PID" 2>/dev/null' EXIT
trap 'exit 143' HUP INT TERM
LOCKSTEP_KEY_AGENT=$SSH_AUTH_SOCK; export LOCKSTEP_KEY_AGENT
key=
while IFS= read -r line; do
  key="$key$line
"
  case $line in '-----END '*) break ;; esac
done
printf %s "$key" | SSH_ASKPASS_REQUIRE=never ssh-add -q - 2>/dev/null || exit ${noKeyTaken}
key=
SSH_AUTH_SOCK=$LOCKSTEP_OWN_AGENT
[ -n "$SSH_AUTH_SOCK" ] || unset SSH_AUTH_SOCK
`

/** A login without a session would stay: it is ended when ssh says that it is in. */
const untilLoggedIn = `
sh -c 'echo "$$"; exec "$@" 2>&1' sh "$@" </dev/null | {
  trap '' PIPE
  read -r pid
  while IFS= read -r line; do
    printf '%s\\n' "$line"
    case $line in 'Authenticated to '*) break ;; esac
  done
  kill "$pid" 2>/dev/null
}
`

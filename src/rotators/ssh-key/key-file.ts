import { fail, type SecretsError } from '../../core/errors.ts'
import type { RunResult } from '../../core/ports.ts'
import type { Target } from './target.ts'

/** Runs a script of ours in the account of a target. */
export type RunAt = (to: Target, script: string) => Promise<RunResult>

/** How often somebody else may have been quicker. */
const tries = 3

/** ~/.ssh/authorized_keys, one character a byte; null: there is none. @throws UNSAFE for what is not ours alone to change */
export const readKeyFile = async (to: Target, runAt: RunAt): Promise<string | null> => {
  const [state, coded = ''] = await answerOf(to, runAt, readScript)
  if (state === 'none') return null
  if (state !== 'file') throw problem(to, state)
  return decoded(to, coded)
}

/** Rewrites it as `change` says, where that differs: whole or not at all, mode and owner as they were.
 *  @throws as reading; CONFLICT where somebody else keeps changing it */
export const changeKeyFile = async (
  to: Target,
  runAt: RunAt,
  change: (file: string | null) => string | null,
): Promise<void> => {
  for (let left = tries; left > 0; left--) {
    const before = await readKeyFile(to, runAt)
    const next = change(before)
    if (next === before || next === null || before === null) return
    const [state] = await answerOf(to, runAt, writeScript(btoa(before), btoa(next)))
    if (state === 'done') return
    if (state !== 'changed') throw problem(to, state)
  }
  throw fail('CONFLICT', `${to.name}: somebody else is changing authorized_keys`, {
    at: to.name,
    hint: 'look who does, and go on with lockstep rotate --resume',
  })
}

const tag = 'lockstep-answers'

const answerOf = async (to: Target, runAt: RunAt, script: string): Promise<readonly [string, string | undefined]> => {
  const { stdout } = await runAt(to, script)
  const said = new TextDecoder().decode(stdout)
  const [, state, coded] = new RegExp(`^${tag} ([a-z]+)(?: ([A-Za-z0-9+/=]*))?\\r?$`, 'm').exec(said) ?? []
  if (state !== undefined) return [state, coded]
  throw fail('DENIED', `${to.name} lets the login in and runs no shell for it`, {
    at: to.name,
    hint: 'its key may have a command= of its own; login: NAME is another account there, which is root or may sudo -n to this one',
  })
}

const decoded = (to: Target, coded: string): string => {
  try {
    return atob(coded)
  } catch {
    throw fail('TAMPERED', `${to.name} sends its authorized_keys damaged`, { at: to.name })
  }
}

const problems: Readonly<Record<string, string>> = {
  none: 'authorized_keys is gone',
  link: 'authorized_keys, or its directory, is a link',
  kind: 'authorized_keys is no file',
  names: 'authorized_keys has a second name (a hard link)',
  owner: 'authorized_keys belongs to somebody else',
  mode: 'owner, group, mode or access list of authorized_keys could not be kept',
  size: 'authorized_keys is larger than 256 KiB',
  home: 'the account has no home directory',
  lacks: 'the host lacks base64 or mktemp',
  unwritable: 'authorized_keys could not be written',
}

const problem = (to: Target, state: string): SecretsError => {
  const message = problems[state] ?? 'authorized_keys cannot be changed'
  const hint = `as ${to.user} there: ls -ld ~/.ssh ~/.ssh/authorized_keys; df ~`
  return fail(state === 'unwritable' ? 'UNAVAILABLE' : 'UNSAFE', `${to.name}: ${message}`, { at: to.name, hint })
}

/** For any POSIX shell. As one function: a script of which half arrived does nothing. */
const script = (work: string): string => `
f=.ssh/authorized_keys
say() { printf '${tag} %s\\n' "$*"; exit 0; }
content() { base64 <"$1" | tr -d '\\n'; }
look() {
  [ ! -L .ssh ] && [ ! -L "$f" ] || say link
  [ -e "$f" ] || say none
  [ -f "$f" ] || say kind
  set -- $(ls -ldn "$f")
  mode=$1; uid=$3; gid=$4
  [ "$2" = 1 ] || say names
  [ "$uid" = "$(id -u)" ] || say owner
  [ "$5" -le 262144 ] || say size
}
main() {
  LC_ALL=C; export LC_ALL; umask 077
  cd "$HOME" || say home
  command -v base64 >/dev/null && command -v mktemp >/dev/null || say lacks
  look
${work}
}
main </dev/null 2>/dev/null
`

const readScript = script('  say file "$(content "$f")"')

/** Written beside at 0600, put on the disk, renamed. What one that was killed left there goes. */
const writeScript = (before: string, next: string): string =>
  script(`
  before=${before}
  next=${next}
  [ "$(content "$f")" = "$before" ] || say changed
  rm -f "$f".lockstep-??????
  t=$(mktemp "$f.lockstep-XXXXXX") || say unwritable
  trap 'rm -f "$t"' EXIT
  trap 'exit 1' HUP INT TERM
  printf '%s\\n' "$next" | base64 -d >"$t"
  [ "$(content "$t")" = "$next" ] || say unwritable
  bits() { printf %s "$mode" | cut -c "$1" | tr -d -; }
  chgrp "$gid" "$t"
  chmod "u=$(bits 2-4),g=$(bits 5-7),o=$(bits 8-10)" "$t"
  set -- $(ls -ldn "$t")
  [ "$1 $3 $4" = "$mode $uid $gid" ] || say mode
  sync "$t" || sync
  look
  [ "$(content "$f")" = "$before" ] || say changed
  mv -f "$t" "$f" || say unwritable
  sync .ssh || sync
  say done`)

/** How a shell of the target's account is had by who logs in as somebody else: root, or who may become it by sudo. All
 *  shells read it the same way, and the name is one word. */
export const shellOf = (login: string, user: string): string =>
  login === user
    ? 'sh -s'
    : `sh -c 'if [ "$(id -u)" = 0 ]; then exec su -s /bin/sh ${user} -c "exec sh -s"; else exec sudo -n -H -u ${user} sh -s; fi'`

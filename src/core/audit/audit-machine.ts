import { hostText, shellWord } from '../host-text.ts'
import { few } from '../names.ts'
import type { AuditInput } from './audit-host.ts'
import type { Finding, FindingId } from './findings.ts'
import { finding } from './findings.ts'
import type { HostKeyFacts, MachineFacts } from './machine-facts.ts'

/** Who becomes root on the host, what its sshd offers, where memory may be written to, and what time it has. */
export const auditMachine = (input: AuditInput): readonly Finding[] => {
  const machine = input.facts.audit?.machine
  if (machine === undefined) return []
  return [
    ...rootAccounts(input, machine),
    ...rootByPassword(input, machine),
    ...machine.hostKeys.flatMap((key) => hostKey(input, key)),
    ...memory(input, machine),
    ...clock(input),
  ]
}

const told = (
  { desired }: AuditInput,
  id: FindingId,
  details: { readonly path: string | null; readonly message: string; readonly fix: string },
): Finding => finding(id, { host: desired.host, ...details })

const rootAccounts = (input: AuditInput, { superusers, rootKeys, sudo }: MachineFacts): readonly Finding[] => {
  const found: Finding[] = []
  if (superusers.length > 0) {
    const message = `${few(superusers.map(word))}: uid 0, as root has`
    const fix = `find out who made it; userdel -f ${shellWord(superusers[0] ?? '')}`
    found.push(told(input, 'ROOT-ACCOUNT', { path: '/etc/passwd', message, fix }))
  }
  if (rootKeys.length > 0) {
    const names = rootKeys.map(({ kind, comment }) => word(comment === '' ? kind : comment))
    const message = `${rootKeys.length === 1 ? 'one key logs' : `${rootKeys.length} keys log`} in as root: ${few(names)}`
    const fix = 'take out what nobody needs'
    found.push(told(input, 'ROOT-KEYS', { path: '~root/.ssh/authorized_keys', message, fix }))
  }
  if (sudo.length > 0) {
    const message = `${few(sudo.map(word))}: everything as root, without a password`
    const fix = 'visudo; take out who need not'
    found.push(told(input, 'SUDO-ALL', { path: '/etc/sudoers', message, fix }))
  }
  return found
}

const word = (text: string): string => hostText(text, 60)

const rootByPassword = (input: AuditInput, { sshd, rootPassword }: MachineFacts): readonly Finding[] => {
  if (sshd === null || rootPassword === false || sshd['permitrootlogin'] !== 'yes') return []
  const asks = ['passwordauthentication', 'kbdinteractiveauthentication'].filter((name) => sshd[name] === 'yes')
  if (asks.length === 0) return []
  const message = `sshd lets root log in with a password (${['permitrootlogin', ...asks].join(', ')})`
  const fix = 'PermitRootLogin prohibit-password in /etc/ssh/sshd_config; then systemctl reload ssh'
  return [told(input, 'ROOT-PASSWORD', { path: '/etc/ssh/sshd_config', message, fix })]
}

const day = 86_400
const oldest = 3 * 365 * day
const fewestBits = 2048

const hostKey = (input: AuditInput, { path, kind, bits, changed }: HostKeyFacts): readonly Finding[] => {
  const make = `ssh-keygen -A after rm ${shellWord(path)}; then the known_hosts of everybody`
  if (kind === 'ssh-dss' || (bits !== null && bits < fewestBits)) {
    const message = kind === 'ssh-dss' ? 'a DSA key' : `an RSA key of ${bits} bits`
    return [told(input, 'HOST-KEY-WEAK', { path, message: `${message}: it can be computed`, fix: make })]
  }
  const age = input.facts.now - changed
  if (age < oldest) return []
  const message = `made ${Math.floor(age / day / 365)} years ago`
  return [told(input, 'HOST-KEY-OLD', { path, message, fix: make })]
}

const memory = (input: AuditInput, { swap, corePattern }: MachineFacts): readonly Finding[] => {
  const open = swap.filter(({ isSafe }) => !isSafe).map(({ name }) => word(name))
  const found: Finding[] = []
  if (open.length > 0) {
    const message = `${few(open)}: memory with values in it is written there as it is`
    const fix = 'swapoff -a, or swap on a dm-crypt device with a random key'
    found.push(told(input, 'SWAP-OPEN', { path: '/proc/swaps', message, fix }))
  }
  const holders = input.facts.audit?.processes.found ?? []
  if (
    holders.some(({ dumps }) => dumps) &&
    corePattern !== '' &&
    !/^\|\s*\/(usr\/)?bin\/(true|false)\b/.test(corePattern)
  ) {
    const message = `a crash of a program that holds values writes them to disk (${word(corePattern)})`
    const fix = 'LimitCORE=0 in its unit, --ulimit core=0 for its container'
    found.push(told(input, 'CORE-PATTERN', { path: '/proc/sys/kernel/core_pattern', message, fix }))
  }
  return found
}

/** Leases and ages are by the hosts' clocks. */
const farthest = 30

/** As far as the time between question and answer lets it be known. */
const clock = (input: AuditInput): readonly Finding[] => {
  const { asked, now } = input.facts
  if (asked === null) return []
  const behind = Math.floor(asked.before / 1000) - now
  const ahead = now - Math.ceil(asked.after / 1000)
  const off = Math.max(behind, ahead)
  if (off <= farthest) return []
  const message = `its clock is ${off} s ${behind > ahead ? 'behind' : 'ahead of'} the one here`
  return [told(input, 'CLOCK-OFF', { path: null, message, fix: 'timedatectl set-ntp true' })]
}

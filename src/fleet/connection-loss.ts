import type { HostLoss } from '../core/fleet/fleet.ts'
import { hostText } from '../core/host-text.ts'

/** What Ansible or ssh says of a connection that did not come about, and what to do; the first that fits. */
const known: readonly (readonly [RegExp, HostLoss])[] = [
  [
    /host key is known for/i,
    {
      code: 'UNSAFE',
      reason: 'its host key is not in known_hosts yet: nothing was sent',
      hint: 'connect once by hand with ssh, and compare the fingerprint that it shows with what the provider says',
    },
  ],
  [
    /host key|identification has changed/i,
    {
      code: 'UNSAFE',
      reason: 'the host key is not the one in known_hosts: nothing was sent',
      hint: 'if the host was re-installed, remove its old key with ssh-keygen -R and check the new one by another way',
    },
  ],
  [
    /^missing \w+ password$/i,
    {
      code: 'DENIED',
      reason: 'becoming root there takes a password',
      hint: 'behind --, for ansible-playbook, which then asks for it: -- --become -K',
    },
  ],
  [
    /^incorrect \w+ password$/i,
    { code: 'DENIED', reason: 'the password to become root there is not the right one', hint: 'try again with -- -K' },
  ],
]

export const connectionLoss = (reason: string): HostLoss =>
  known.find(([words]) => words.test(reason))?.[1] ?? { code: 'UNAVAILABLE', reason: hostText(reason), hint: null }

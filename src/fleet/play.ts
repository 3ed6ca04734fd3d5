import { SecretsError, fail } from '../core/errors.ts'
import type { Fleet, FleetJob, Prepared } from '../core/fleet/fleet.ts'
import { utf8Locale } from '../core/health.ts'
import type { Processes, Running, Scratch, Sockets } from '../core/links.ts'
import type { Clock, Exec, Files, Machine } from '../core/ports.ts'
import { findAnsible } from './ansible.ts'
import type { Ansible } from './ansible.ts'
import { hear } from './heard.ts'
import type { Heard } from './heard.ts'
import { installAnsible } from './install-ansible.ts'
import { offerCollection } from './offer-collection.ts'
import { opening, take } from './opening.ts'
import { servePlaybook } from './serve.ts'
import type { Session } from './session.ts'

export interface FleetPorts {
  readonly files: Files
  readonly exec: Exec
  readonly clock: Clock
  readonly machine: Machine
  readonly sockets: Sockets
  readonly processes: Processes
  readonly scratch: Scratch
}

export interface FleetOptions {
  /** Where the collection lies (the folder with galaxy.yml). */
  readonly collection: string
}

// Within the one task hosts wait for each other, so Ansible must be able to have all of them in hand at once. Where it
// is told to take fewer, it goes step by step.
const play = `- name: lockstep
  hosts: "{{ 'all' if groups['all'] | length <= ansible_forks | int else 'all:!all' }}"
  gather_facts: false
  tasks:
    - name: Deliver
      lockstep.secrets.deliver:

- name: lockstep, step by step
  hosts: "{{ 'all' if groups['all'] | length > ansible_forks | int else 'all:!all' }}"
  gather_facts: false
  tasks:
    - name: Deliver
      block:
        - name: Look
          lockstep.secrets.inspect:
        - name: Stage
          lockstep.secrets.bundle:
        - name: Switch
          lockstep.secrets.container:
      always:
        - name: Record
          lockstep.secrets.record:
`

/** Runs a play of our own. */
export const ansibleFleet = (ports: FleetPorts, options: FleetOptions): Fleet => ({
  prepare: async (report) => {
    if ((await findAnsible(ports, options.collection)) === null) {
      await installAnsible(ports, { lists: options.collection, report })
    }
  },
  serve: (job) => servePlaybook(ports, options, job),
  run: async (job) => {
    const opened = opening(ports, options.collection, job.prepare)
    // a question of Ansible's comes after what may be wrong with the project
    if (wantsTerminal(job)) await opened
    const ansible = await theAnsible(ports, options)
    const place = await ports.scratch.directory()
    const socket = `${place.path}/s`
    const server = await ports.sockets.listen(socket, (channel) => void take(opened, channel))
    try {
      await layOut(ports, place.path, options.collection)
      await offerCollection(ports, job.directory, options.collection)
      const heard = hear((host, loss) => void opened.then(({ session }) => session.lose(host, loss), nothing))
      const running = await ports.processes.start(ansible.playbook, argumentsOf(job, place.path), {
        cwd: job.directory,
        environment: environmentOf(ports.machine, socket),
        terminal: wantsTerminal(job),
        onLine: heard.line,
      })
      const { session, prepared } = await openedOrEnded(opened, running)
      await outcome(running, session, heard)
      return prepared
    } finally {
      await server.close()
      await place.remove()
    }
  },
})

const nothing = (): void => undefined

/** What was not opened needs no Ansible either. */
const openedOrEnded = async <T>(opened: Promise<T>, running: Running): Promise<T> => {
  try {
    return await opened
  } catch (error) {
    running.end()
    await running.ended
    throw error
  }
}

const theAnsible = async (ports: FleetPorts, { collection }: FleetOptions): Promise<Ansible> => {
  const found = await findAnsible(ports, collection)
  if (found !== null) return found
  throw fail('CONFIG', 'ansible-playbook is not installed', { hint: 'lockstep doctor --install-ansible' })
}

/** Collections beside a playbook are found without touching the user's own search path. */
const layOut = async (ports: FleetPorts, place: string, collection: string): Promise<void> => {
  await ports.files.makeDirectory(`${place}/collections/ansible_collections/lockstep`)
  await ports.scratch.link(collection, `${place}/collections/ansible_collections/lockstep/secrets`)
  await ports.files.create(`${place}/fleet.yml`, new TextEncoder().encode(play))
}

type AnsibleJob = Omit<FleetJob<Prepared>, 'prepare'>

const argumentsOf = (job: AnsibleJob, place: string): string[] => [
  ...(job.inventory === null ? [] : ['-i', job.inventory]),
  ...(job.arguments.some((argument) => /^(-f|--forks)/.test(argument)) ? [] : ['--forks', '100']),
  ...job.arguments,
  `${place}/fleet.yml`,
]

// questions such as -K need the person's terminal
const wantsTerminal = (job: AnsibleJob): boolean =>
  job.arguments.some((argument) => /^(-[a-z]*[kKJ]|--ask-|--step)/.test(argument))

const environmentOf = (machine: Machine, socket: string): Record<string, string | undefined> => ({
  ...machine.environment,
  LC_ALL: utf8Locale(machine.platform),
  LOCKSTEP_SOCKET: socket,
  ANSIBLE_STDOUT_CALLBACK: 'lockstep.secrets.events',
  ANSIBLE_HOST_KEY_CHECKING: 'True',
  ANSIBLE_RETRY_FILES_ENABLED: 'False',
  ANSIBLE_DISPLAY_SKIPPED_HOSTS: 'False',
  // hosts of a file that it cannot read would be left out with a warning that nobody sees
  ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: 'True',
  LOCKSTEP_PASSWORD_FILE: undefined,
})

const outcome = async (running: Running, session: Session, heard: Heard): Promise<void> => {
  const status = await running.ended
  await session.finish({ code: 'UNAVAILABLE', reason: 'Ansible ended before this host was reached', hint: null })
  const broken = session.broken()
  if (broken instanceof SecretsError) throw broken
  if (broken !== undefined) throw fail('INTERNAL', 'the conversation with Ansible broke', { cause: broken })
  if (!session.started()) throw heard.refusal(status)
}

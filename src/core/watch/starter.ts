import { unitName } from '../manifest/environment.ts'

/** What starts the watch on a host, and starts it again where it ended. */
export interface Starter {
  readonly kind: 'systemd' | 'cron'
  /** Of the unit without `.service`, or of the file below /etc/cron.d. */
  readonly name: string
  readonly text: string
}

interface StarterInput {
  readonly project: string
  readonly environment: string
  readonly directory: string
  readonly interpreter: string
}

export const starterName = (owner: Pick<StarterInput, 'project' | 'environment'>): string =>
  `lockstep-${unitName(owner)}-WATCH`

export const starterOf = (kind: Starter['kind'], input: StarterInput): Starter => ({
  kind,
  name: starterName(input),
  text: kind === 'systemd' ? unitText(input) : cronText(input),
})

/** Paths here need no quoting: lockstep.yaml takes no others as directories, and another Python is not used. */
const command = ({ interpreter, directory }: StarterInput): string =>
  `${/^(\/[\w.+-]+)+$/.test(interpreter) ? interpreter : '/usr/bin/python3'} -I -S ${directory}/watch/agent.py`

const unitText = (input: StarterInput): string => `# lockstep setup --no-watch removes it
[Unit]
Description=lockstep: who touches ${input.directory}
RequiresMountsFor=${input.directory}

[Service]
ExecStart=${command(input)}
Restart=always
RestartSec=2
Nice=-5
NoNewPrivileges=yes
RestrictAddressFamilies=AF_UNIX AF_NETLINK
MemoryMax=256M

[Install]
WantedBy=multi-user.target
`

/** One that is started while another runs ends at once. */
const cronText = (input: StarterInput): string => `# lockstep setup --no-watch removes it
SHELL=/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
@reboot root ${command(input)}
* * * * * root ${command(input)}
`

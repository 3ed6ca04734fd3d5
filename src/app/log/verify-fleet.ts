import {
  hearWitnesses,
  ledgerWitnesses,
  signedWitness,
  type CheckHead,
  type Witness,
} from '../../core/log/witnesses.ts'
import type { LogVerdict } from '../../core/log/verify.ts'
import type { Ports } from '../../core/ports.ts'
import { logSeal } from '../../crypto/log-seal.ts'
import { lookAtFleet, type FleetLook, type LookOptions } from '../fleet/fleet-look.ts'
import { newestWitness } from '../backup/log-witness.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { heardBy, readLog } from './read-log.ts'

/** The log, compared with what the hosts and the ledger have seen of it. Hosts that do not answer are noted. */
export const verifyWithFleet = (ports: Ports, project: Project, options: LookOptions): Promise<LogVerdict> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const keys = await open.keys()
    const look = await lookAtFleet(ports, open, { ...options, walk: false })
    const backup = await newestWitness(ports, project, keys)
    // read last: nobody may have seen more of it than there is now
    const verdict = heardBy(await readLog(ports, project, keys), backup)
    const heard = hearWitnesses(verdict, witnessesIn(look, logSeal(keys).checkHead))
    const silent = look.truth.targets().filter((host) => look.truth.facts(host) === null)
    return {
      ...verdict,
      problems: [...verdict.problems, ...heard.problems],
      notes: [
        ...verdict.notes,
        ...heard.notes,
        ...(silent.length === 0 ? [] : [`not asked, as they did not answer: ${silent.join(', ')}`]),
        heard.agreeing === 0 ? 'nobody on the fleet has seen this log yet' : agreeingWords(heard.agreeing),
      ],
    }
  })

const agreeingWords = (count: number): string =>
  count === 1
    ? 'one witness has seen it as it is here: a host, or a delivery in the ledger'
    : `${count} witnesses have seen it as it is here: hosts, and deliveries in the ledger`

/** What hosts and the ledger keep of logs. */
export const witnessesIn = (
  { truth, ledger }: Pick<FleetLook, 'truth' | 'ledger'>,
  checkHead: CheckHead,
): readonly Witness[] => [
  ...truth.targets().flatMap((host): readonly Witness[] => {
    const seen = truth.facts(host)?.scopes['host']?.manifest?.log ?? null
    return seen === null ? [] : [signedWitness(host, seen, checkHead)]
  }),
  ...ledgerWitnesses(ledger, checkHead),
]

import { proofStates } from '../../core/containers/proof.ts'
import { proofs } from '../../core/manifest/manifest.ts'
import { define, type Command } from '../command.ts'
import { ansibleRest, hostsFlag } from '../fleet-flags.ts'
import { statusResult } from '../status-result.ts'

const number = { type: ['integer', 'null'] }
const words = { type: ['string', 'null'] }

export const command: Command = define({
  name: 'status',
  area: 'fleet',
  summary: 'show what the hosts and their containers really run',
  about: `
Asks every host and every container's status page, and compares with the project. RUNS is the generation a container
was proved to run, PROOF how: reported by itself, mounted by its engine, or none. Changes nothing. Ends with PARTIAL
unless every host is in step and every container is ready.`,
  rest: ansibleRest,
  flags: { ...hostsFlag },
  examples: [
    { line: 'lockstep status', says: 'the whole fleet' },
    { line: 'lockstep status --hosts onode1 --json', says: 'one host, for a program' },
  ],
  output: {
    type: 'object',
    properties: {
      environment: { type: 'string' },
      revision: { type: 'integer' },
      hosts: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            host: { type: 'string' },
            rung: words,
            state: { enum: ['in step', 'behind', 'not set up', 'problem', 'unreachable'] },
            generation: number,
            next: { ...number, description: 'the generation a delivery would bring' },
            reason: words,
            containers: {
              type: 'array',
              items: {
                type: 'object',
                properties: {
                  container: { type: 'string' },
                  runs: number,
                  proof: { enum: proofs },
                  state: { enum: proofStates },
                  note: words,
                },
                required: ['container', 'runs', 'proof', 'state', 'note'],
                additionalProperties: false,
              },
            },
            problem: {
              type: ['object', 'null'],
              properties: { code: { type: 'string' }, message: { type: 'string' }, hint: words },
              required: ['code', 'message', 'hint'],
              additionalProperties: false,
            },
            watch: {
              type: ['object', 'null'],
              description: 'null: none was ever brought',
              properties: { state: { enum: ['runs', 'stopped'] }, via: words, since: words, seq: number },
              required: ['state', 'via', 'since', 'seq'],
              additionalProperties: false,
            },
          },
          required: ['host', 'rung', 'state', 'generation', 'next', 'reason', 'containers', 'problem', 'watch'],
          additionalProperties: false,
        },
      },
      overdue: {
        type: 'array',
        items: {
          type: 'object',
          properties: { name: { type: 'string' }, age: number, every: number },
          required: ['name', 'age', 'every'],
          additionalProperties: false,
        },
      },
      notes: { type: 'array', items: { type: 'string' } },
      isInStep: { type: 'boolean', description: 'every host and every container is as the project says' },
    },
    required: ['environment', 'revision', 'hosts', 'overdue', 'notes', 'isInStep'],
    additionalProperties: false,
  },
  run: async ({ flags, rest, ports, environment, report }) => {
    const [{ findProject }, { fleetStatus }, { afterStatus }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/fleet/fleet-status.ts'),
      import('../../app/alerts/after-look.ts'),
    ])
    const project = await findProject(ports, { environment })
    await ports.fleet.prepare(report)
    const onHost = (host: string, state: string): void => report.host(host, state)
    const found = await fleetStatus(ports, project, { hosts: flags.hosts ?? null, arguments: rest, onHost })
    await afterStatus(ports, project, found, { isWhole: flags.hosts === undefined, line: report.always })
    return statusResult(found)
  },
})

import { pathFrom } from '../../core/absolute-path.ts'
import { define, type Command } from '../command.ts'
import { object, words } from '../schemas.ts'

const nothing = { metrics: null, textfile: null }

export const command: Command = define({
  name: 'metrics',
  area: 'safety',
  summary: 'figures for Prometheus, from what was last seen',
  about: `
Ages of secrets and what is overdue, generations behind, degraded containers, hosts that do not answer, the last audit and
backup, findings by severity, jobs, open alerts. They are what audit, status and jobs saw last on this machine: no host is
asked and no secret opened. Names and times, no values.`,
  flags: {
    textfile: {
      type: 'string',
      value: 'PATH',
      summary: 'replace this file, for the textfile collector of a node exporter',
    },
    listen: {
      type: 'string',
      not: ['textfile'],
      value: 'ADDRESS:PORT',
      summary: 'answer GET /metrics there until a signal comes',
    },
    'allow-remote': { type: 'boolean', for: ['--listen'], summary: 'at an address that other machines reach' },
  },
  examples: [
    { line: 'lockstep metrics', says: 'print them' },
    { line: 'lockstep metrics --listen 127.0.0.1:9750', says: 'for a Prometheus on this machine' },
    { line: 'lockstep metrics --textfile /var/lib/node_exporter/shop.prom', says: 'for a node exporter' },
  ],
  output: object({
    metrics: { ...words, description: 'the text' },
    textfile: { ...words, description: 'what was written' },
  }),
  run: async (call) => {
    const { flags, ports, environment } = call
    const [{ findProject }, { metricsText, writeTextfile }] = await Promise.all([
      import('../../app/project/project.ts'),
      import('../../app/metrics/metrics-text.ts'),
    ])
    const project = await findProject(ports, { environment })
    const { textfile, listen } = flags
    if (listen !== undefined) {
      const { serveMetrics } = await import('../../app/metrics/serve-metrics.ts')
      const onReady = (url: string): void => call.report(`metrics are at ${url}`)
      const where = { listen, allowRemote: flags['allow-remote'], signal: call.signal, onReady }
      await serveMetrics(ports, project, where)
      return { json: nothing }
    }
    if (textfile !== undefined) {
      const path = pathFrom(ports.machine.cwd, textfile)
      await writeTextfile(ports, project, path)
      return { json: { ...nothing, textfile: path } }
    }
    const metrics = await metricsText(ports, project)
    return { text: new TextEncoder().encode(metrics), json: { ...nothing, metrics } }
  },
})

import type { Ports } from '../ports.ts'

/** The doors that providers are handed. */
export interface ProviderPorts extends Pick<Ports, 'clock'> {
  readonly files: Pick<Ports['files'], 'read'>
}

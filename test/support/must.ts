import { spawnSync } from 'node:child_process'

/** Output of a program that has to succeed. @throws what it said when it did not */
export const must = (
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: Uint8Array } = {},
): Buffer => {
  const done = spawnSync(command, args, { ...options, maxBuffer: 512 * 1024 * 1024 })
  if (done.status === 0) return done.stdout
  throw new Error(`${command} ended with ${done.status ?? done.error?.message}: ${String(done.stderr)}`)
}

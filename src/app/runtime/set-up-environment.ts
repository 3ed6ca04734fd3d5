import { environmentText, refuseDangerous } from '../../core/runtime/child-environment.ts'
import type { Secrets } from './secrets.ts'

/** Puts every secret into an environment; nothing when one of them must not be there.
 *  @throws UNSAFE for a name that makes other programs run code and is not in `allow`; CONFIG for a value that an
 *  environment cannot carry */
export const setUpEnvironment = (
  environment: Record<string, string | undefined>,
  secrets: Secrets,
  allow: readonly string[] = [],
): void => {
  refuseDangerous(secrets.names, allow)
  const texts = secrets.names.map((name) => [name, environmentText(name, secrets.get(name))] as const)
  for (const [name, text] of texts) environment[name] = text
}

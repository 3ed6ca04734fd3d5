/** The name of the environment without -E. Its settings stand at the top of lockstep.yaml, its files in secrets/. */
export const defaultEnvironment = 'production'

/** One name for a project and an environment of it, where names of several lie beside each other. Capital letters stand in
 *  neither: no two share one, whatever is put behind it in capital letters. */
export const unitName = ({
  project,
  environment,
}: {
  readonly project: string
  readonly environment: string
}): string => (environment === defaultEnvironment ? project : `${project}-E-${environment}`)

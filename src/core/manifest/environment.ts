/** The name of the environment without -E. Its settings stand at the top of lockstep.yaml, its files in secrets/. */
export const defaultEnvironment = 'production'

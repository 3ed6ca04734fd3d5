/** Where a container finds its scope, unless it is told otherwise. */
export const defaultPasswordFile = '/app/vault-password'
export const defaultDirectory = '/app/secrets'

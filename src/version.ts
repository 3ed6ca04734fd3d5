/** The version of this program, from package.json. */
export const version = async (): Promise<string> => {
  const { default: about } = await import('../package.json', { with: { type: 'json' } })
  return about.version
}

/** What to type for another value of this secret. No group: the secret is in none any more, or a person has to say. */
export const setLine = ({ name, group, host }: { name: string; group: string | null; host: string | null }): string =>
  [
    'lockstep',
    'set',
    name,
    ...(group === null ? [] : ['--group', group]),
    ...(host === null ? [] : ['--host', host]),
  ].join(' ')

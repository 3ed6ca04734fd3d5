import type { RotatorKind } from '../core/rotate/rotator.ts'

/** Every rotator that `with:` can name, loaded when one is needed. A new one is its file and one line here. */
export const rotators: Readonly<Record<string, () => Promise<RotatorKind>>> = {
  'aws-iam': async () => (await import('./aws/iam.ts')).awsIam,
  cloudflare: async () => (await import('./cloudflare/cloudflare.ts')).cloudflare,
  github: async () => (await import('./github/index.ts')).github,
  mysql: async () => (await import('./database/mysql.ts')).mysql,
  postgres: async () => (await import('./database/postgres.ts')).postgres,
  person: async () => (await import('./person.ts')).person,
  command: async () => (await import('./command.ts')).command,
  random: async () => (await import('./random.ts')).random,
  redis: async () => (await import('./redis/redis.ts')).redis,
  'ssh-key': async () => (await import('./ssh-key/ssh-key.ts')).sshKey,
  webhook: async () => (await import('./webhook.ts')).webhook,
}

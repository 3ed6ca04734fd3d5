import type { Call } from './command.ts'

/** What each action of `lockstep backup` is called with. */
export interface BackupCall extends Pick<
  Call<unknown, unknown>,
  'ports' | 'report' | 'environment' | 'rest' | 'signal'
> {
  readonly args: { readonly NAME: string | undefined }
  readonly flags: {
    readonly check: boolean
    readonly hosts: string | undefined
    readonly local: boolean
    readonly keep: number | undefined
    readonly to: string | undefined
    readonly split: string | undefined
    readonly renew: boolean
    readonly identity: string | undefined
    readonly share: readonly string[]
  }
}

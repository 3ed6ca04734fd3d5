import type { Command } from '../command.ts'

type Load = () => Promise<{ readonly command: Command }>

/** Every command, loaded when it is used. A new command is its file and one line here. */
export const commands: Readonly<Record<string, Load>> = {
  get: () => import('./get.ts'),
  set: () => import('./set.ts'),
  rm: () => import('./rm.ts'),
  list: () => import('./list.ts'),
  import: () => import('./import.ts'),
  export: () => import('./export.ts'),
  run: () => import('./run.ts'),
  rekey: () => import('./rekey.ts'),
  operators: () => import('./operators.ts'),
  create: () => import('./create.ts'),
  view: () => import('./view.ts'),
  edit: () => import('./edit.ts'),
  adopt: () => import('./adopt.ts'),
  doctor: () => import('./doctor.ts'),
  init: () => import('./init.ts'),
  completion: () => import('./completion.ts'),
  deploy: () => import('./deploy.ts'),
  rotate: () => import('./rotate.ts'),
  setup: () => import('./setup.ts'),
  status: () => import('./status.ts'),
  audit: () => import('./audit.ts'),
  log: () => import('./log.ts'),
  watch: () => import('./watch.ts'),
  alerts: () => import('./alerts.ts'),
  metrics: () => import('./metrics.ts'),
  schedule: () => import('./schedule.ts'),
  backup: () => import('./backup.ts'),
  'backup-verify': () => import('./backup-verify.ts'),
  restore: () => import('./restore.ts'),
  serve: () => import('./serve.ts'),
  git: () => import('./git.ts'),
  'vault-client': () => import('./vault-client.ts'),
}

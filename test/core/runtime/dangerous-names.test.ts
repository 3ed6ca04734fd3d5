import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dangerousNames, isDangerousName } from '../../../src/core/runtime/dangerous-names.ts'

test('names that steer programs are dangerous', () => {
  const names =
    'PATH LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES NODE_OPTIONS NODE_PATH BUN_OPTIONS BASH_ENV ENV IFS PS4 ' +
    'PROMPT_COMMAND PYTHONPATH PYTHONSTARTUP PYTHONHOME PERL5OPT RUBYOPT JAVA_TOOL_OPTIONS GIT_SSH_COMMAND GIT_CONFIG_COUNT ' +
    'HOME SHELL USER PWD XDG_CONFIG_HOME LC_ALL LANG GCONV_PATH GLIBC_TUNABLES OPENSSL_CONF EDITOR PAGER LOCKSTEP_PASSWORD_FILE ' +
    'BASH_FUNC_x node_options'
  for (const name of names.split(' ')) assert.ok(isDangerousName(name), name)
})

test('names that secrets have are not', () => {
  const names =
    'AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY GITHUB_CLIENT_SECRET GITHUB_TOKEN SESSION_KEY DATABASE_URL CLOUDFLARE_API_TOKEN ' +
    'NODE_ENV LDAP_PASSWORD PATHFINDER_KEY ENVIRONMENT_KEY LANGUAGE_API_KEY MY_PATH PGPASSWORD SMTP_USER GIT_TOKEN GITLAB_TOKEN'
  for (const name of names.split(' ')) assert.equal(isDangerousName(name), false, name)
})

test('declared names pass', () => {
  assert.deepEqual(dangerousNames(['A', 'PATH', 'IFS'], ['PATH']), ['IFS'])
})

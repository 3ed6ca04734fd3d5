import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionProblem } from '../../../src/core/containers/container-options.ts'
import { SecretsError } from '../../../src/core/errors.ts'
import { parseManifest } from '../../../src/core/manifest/parse-manifest.ts'
import { container } from '../../support/container.ts'

const mount = container()
const files = container({ receive: 'files' })
const values = container({ receive: 'environment', mount: '/srv/x' })
const follows = container({ onChange: { kind: 'none' } })

test('options that would undo what deliveries count on are refused, with what to write instead', () => {
  const cases: readonly (readonly [string, typeof mount, RegExp | null])[] = [
    ['--read-only', mount, null],
    ['--cap-drop=ALL', files, null],
    ['--restart=always', mount, null],
    ['--pull=always', mount, null],
    ['--name', mount, /`containers:`/],
    ['--name=shop-other', mount, /`options: \[--name\]` of container api .*after its key under `containers:`/],
    ['--label=lockstep.container=other', mount, /lockstep\. are ours/],
    ['--label=traefik.enable=true', mount, null],
    ['--label=lockstep=1', mount, null],
    ['--label-file=/etc/labels', mount, /--label=NAME=value/],
    ['--rm', mount, /lockstep removes what it replaces/],
    ['--rm=true', mount, /lockstep removes/],
    ['--detach=false', mount, /leave it out/],
    ['--attach=STDOUT', mount, /docker logs/],
    ['--cidfile=/run/x', mount, /works once/],
    ['--replace', mount, /not ours/],
    ['--help', mount, /starts nothing/],
    ['--entrypoint=/bin/sh', mount, null],
    ['--entrypoint=/bin/sh', files, /`command:` says what it starts/],
    ['--user=1000', mount, null],
    ['--user=1000', values, /say `uid:`/],
    ['--volume=data:/data', mount, null],
    ['--volume=/data', mount, null],
    ['--volume=/srv/app:/app:ro', mount, null],
    ['--volume=/srv/app:/app/secrets-old', mount, null],
    ['--volume=/app/secrets:/elsewhere', mount, null],
    ['--volume=/srv/s:/app/secrets', mount, /would cover \/app\/secrets, where its secrets are/],
    ['--volume=/srv/s:/app/secrets/:ro', mount, /would cover/],
    ['--volume=/srv/s:/app//./secrets/aws.env', mount, /would cover/],
    ['--volume=/srv/s:/app/x/../secrets', mount, /would cover/],
    ['--volume=/app/vault-password', mount, /would cover/],
    ['--mount=type=bind,source=/x,target=/data', mount, null],
    ['--mount=type=bind,source=/x,target=/app/secrets', mount, /would cover/],
    ['--mount=type=bind,dst=/app/vault-password,src=/x', mount, /would cover/],
    ['--mount=type=tmpfs,Destination=/app/secrets', mount, /would cover/],
    ['--mount=type=bind,source=/x,"target=/app/secrets"', mount, /would cover/],
    ['--mount=type=bind,source=/x,target=/lockstep', mount, null],
    ['--mount=type=bind,source=/x,target=/lockstep', values, /would cover \/lockstep/],
    ['--tmpfs=/tmp:size=1m', files, null],
    ['--tmpfs=/run/secrets:mode=0777', files, /would cover/],
    ['--tmpfs=/run/secrets', values, null],
    ['--tmpfs=/app/secrets', values, null],
    ['--tmpfs=/srv/x/secrets', values, /would cover/],
    ['--tmpfs=/run/lockstep', follows, /would cover/],
    ['--volume=/srv/s:/app/secrets', follows, null],
  ]
  for (const [option, declared, expected] of cases) {
    const said = optionProblem(option, declared)
    if (expected === null) assert.equal(said, null, option)
    else assert.match(said ?? 'accepted', expected, option)
  }
})

test('the manifest says where', () => {
  const text =
    'project: shop\ncontainers:\n  api: { hosts: all, groups: [], image: a/b, options: [--read-only, --rm] }\n'
  assert.throws(
    () => parseManifest(text, { at: 'lockstep.yaml' }),
    (error) =>
      error instanceof SecretsError && error.code === 'CONFIG' && /3:\d+.*--rm/.test(`${error.at} ${error.message}`),
  )
})

import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { Octokit } from '@octokit/core'
import sodium, { ready } from 'libsodium-wrappers'
import { Secret } from '../../src/core/secret.ts'
import { appToken } from '../../src/crypto/app-jwt.ts'
import { makeKeyPair } from '../../src/crypto/key-pair.ts'
import { makeSshKeyPair } from '../../src/crypto/open-ssh-key.ts'
import { fastClock } from '../support/fast-clock.ts'
import { githubFake, type GithubFake } from '../support/github-fake.ts'

const clock = fastClock()
let fake: GithubFake

before(async () => {
  fake = await githubFake(clock)
  await ready
})
after(() => {
  fake.close()
  assert.deepEqual(fake.complaints, [], 'what GitHub describes')
})

const clientOf = (auth: string | null): Octokit =>
  new Octokit({ ...(auth === null ? {} : { auth }), baseUrl: fake.url, log: { ...console, warn: quiet, error: quiet } })

const quiet = (): void => {}

const status = (expected: number) => (error: unknown) => {
  assert.ok(error instanceof Error && 'status' in error, String(error))
  assert.equal(error.status, expected)
  return true
}

const repository = { owner: 'acme', repo: 'api' }

/** As GitHub's documentation seals one. */
const sealed = (value: string, key: string): string =>
  Buffer.from(sodium.crypto_box_seal(value, Buffer.from(key, 'base64'))).toString('base64')

suite('the fake answers the official client as GitHub would', () => {
  test('secrets of a repository', async () => {
    const { request } = clientOf(fake.login({ login: 'octocat' }))
    const { data: key } = await request('GET /repos/{owner}/{repo}/actions/secrets/public-key', repository)
    const one = { ...repository, secret_name: 'SESSION_KEY' }
    const get = (): Promise<{ data: { name: string; updated_at: string } }> =>
      request('GET /repos/{owner}/{repo}/actions/secrets/{secret_name}', one)
    await assert.rejects(get, status(404))
    const body = { encrypted_value: sealed('first', key.key), key_id: key.key_id }
    const put = (): Promise<{ status: number }> =>
      request('PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}', { ...one, ...body })
    assert.equal((await put()).status, 201)
    const { data: before } = await get()
    clock.pass(1000)
    assert.equal((await put()).status, 204)
    const { data: now } = await get()
    assert.deepEqual([now.name, now.updated_at > before.updated_at], ['SESSION_KEY', true])
    assert.equal(fake.secrets('/repos/acme/api/actions/secrets').get('SESSION_KEY')?.value, 'first')
    await assert.rejects(
      request('PUT /repos/{owner}/{repo}/actions/secrets/{secret_name}', { ...one, ...body, key_id: '1' }),
      status(422),
    )
    await request('DELETE /repos/{owner}/{repo}/actions/secrets/{secret_name}', one)
    await assert.rejects(get, status(404))
  })

  test('secrets of Dependabot, of an environment and of an organisation', async () => {
    const { request } = clientOf(fake.login({ login: 'octocat' }))
    const at = { ...repository, environment_name: 'prod/eu west' }
    const keys = [
      await request('GET /repos/{owner}/{repo}/dependabot/secrets/public-key', repository),
      await request('GET /repos/{owner}/{repo}/environments/{environment_name}/secrets/public-key', at),
      await request('GET /orgs/{org}/actions/secrets/public-key', { org: 'acme' }),
    ]
    const { key, key_id } = keys[0]?.data ?? assert.fail()
    assert.ok(
      keys.every(({ data }) => data.key === key),
      'the fake has one key for all',
    )
    const body = { secret_name: 'ONE', encrypted_value: sealed('value', key), key_id }
    await request('PUT /repos/{owner}/{repo}/dependabot/secrets/{secret_name}', { ...repository, ...body })
    await request('PUT /repos/{owner}/{repo}/environments/{environment_name}/secrets/{secret_name}', { ...at, ...body })
    const chosen = { visibility: 'selected' as const, selected_repository_ids: [3, 4, 5] }
    await request('PUT /orgs/{org}/actions/secrets/{secret_name}', { org: 'acme', ...chosen, ...body })
    for (const place of [
      'repos/acme/api/dependabot',
      'repos/acme/api/environments/prod/eu west',
      'orgs/acme/actions',
    ]) {
      assert.equal(fake.secrets(`/${place}/secrets`).get('ONE')?.value, 'value', place)
    }
    const { data } = await request('GET /orgs/{org}/actions/secrets/{secret_name}/repositories', {
      org: 'acme',
      secret_name: 'ONE',
      per_page: 2,
      page: 2,
    })
    assert.deepEqual([data.total_count, data.repositories.map(({ id }) => id)], [3, [5]])
  })

  test('deploy keys', async () => {
    const { request } = clientOf(fake.login({ login: 'octocat' }))
    const { public: key } = makeSshKeyPair('a comment')
    const wanted = { ...repository, title: 'deploys', key, read_only: true }
    const { data: made } = await request('POST /repos/{owner}/{repo}/keys', wanted)
    assert.deepEqual([made.title, made.read_only, made.verified], ['deploys', true, true])
    assert.equal(made.key, key.split(' ').slice(0, 2).join(' '))
    await assert.rejects(request('POST /repos/{owner}/{repo}/keys', wanted), status(422))
    const { data: all } = await request('GET /repos/{owner}/{repo}/keys', repository)
    assert.deepEqual(
      all.map(({ id }) => id),
      [made.id],
    )
    await request('DELETE /repos/{owner}/{repo}/keys/{key_id}', { ...repository, key_id: made.id })
    await assert.rejects(
      request('DELETE /repos/{owner}/{repo}/keys/{key_id}', { ...repository, key_id: made.id }),
      status(404),
    )
  })

  test('who calls: nobody, a stranger, somebody who may not, and tokens that were revoked', async () => {
    await assert.rejects(clientOf(null).request('GET /user'), status(401))
    await assert.rejects(clientOf('ghp_unknown').request('GET /user'), status(401))
    const narrow = fake.login({ login: 'octocat', permissions: ['secrets'] })
    await assert.rejects(clientOf(narrow).request('GET /repos/{owner}/{repo}/keys', repository), status(403))
    const { data, headers } = await clientOf(fake.login({ login: 'o', scopes: ['repo', 'user'] })).request('GET /user')
    assert.deepEqual([data.login, headers['x-oauth-scopes']], ['o', 'repo, user'])
    await assert.rejects(clientOf(narrow).request('POST /credentials/revoke', { credentials: [narrow] }), status(403))
    const { status: told } = await clientOf(null).request('POST /credentials/revoke', { credentials: [narrow] })
    assert.equal(told, 202)
    clock.pass(10_000)
    await assert.rejects(clientOf(narrow).request('GET /user'), status(401))
  })

  test('an App, by its key, and what it is given for an installation', async () => {
    const [pair, other] = [await makeKeyPair('rsa', 2048), await makeKeyPair('rsa', 2048)]
    fake.apps.push({ id: '7', slug: 'lockstep', keys: [pair.public.reveal()], permissions: ['secrets'] })
    const { request } = clientOf(appToken('7', pair.private, clock.now()))
    const { data: app } = await request('GET /app')
    assert.equal(app?.slug, 'lockstep')
    const { data: there } = await request('GET /repos/{owner}/{repo}/installation', repository)
    const ask = {
      installation_id: there.id,
      repositories: ['api'],
      permissions: { secrets: 'write' as const },
    }
    const { data: given } = await request('POST /app/installations/{installation_id}/access_tokens', ask)
    const installed = clientOf(given.token).request
    await installed('GET /repos/{owner}/{repo}/actions/secrets/public-key', repository)
    await assert.rejects(
      installed('GET /repos/{owner}/{repo}/actions/secrets/public-key', { owner: 'acme', repo: 'other' }),
      status(404),
    )
    await assert.rejects(installed('GET /repos/{owner}/{repo}/keys', repository), status(403))
    const wrong: readonly [string, Secret, number][] = [
      ['7', other.private, clock.now()],
      ['8', pair.private, clock.now()],
      ['7', pair.private, clock.now() - 600_000],
      ['7', pair.private, clock.now() + 120_000],
    ]
    for (const [id, key, now] of wrong) {
      await assert.rejects(clientOf(appToken(id, key, now)).request('GET /app'), status(401))
    }
  })
})

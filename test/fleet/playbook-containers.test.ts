import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startFleet, startProject } from '../support/fleet.ts'
import type { FleetProject, TestFleet } from '../support/fleet.ts'
import { apiImage, imagesTar } from '../support/images.ts'
import { startPlayer } from '../support/playbook.ts'
import type { Played, Player } from '../support/playbook.ts'

const playbook = `- name: Deploy the API
  hosts: all
  gather_facts: false
  roles:
    - lockstep.secrets.deploy
`

const manifestWith = (image: string): string => `project: shop
containers:
  api:
    hosts: all
    groups: [aws, session]
    image: ${image}
    publish: ["127.0.0.1:8080:8080"]
    health: /health
    status: /api/secrets/status
    uid: 1000
rollout: { at_once: 1, health_within: 20s }
`

const said = ({ stdout, stderr }: Played): string => `${stdout}\n${stderr}`

suite('containers, by a playbook of the user’s', { concurrency: false }, () => {
  let fleet: TestFleet
  let project: FleetProject
  let player: Player

  const play = (...args: readonly string[]): Promise<Played> =>
    player.play(project, ['playbooks/api-deploy.yml', ...args])
  const changed = (played: Played): readonly (number | undefined)[] =>
    ['host1', 'host2'].map((host) => played.hosts[host]?.changed)
  const container = (host: number): string =>
    fleet.at(host, 'docker ps --no-trunc --format "{{.ID}} {{.Image}} {{.Names}}"').trim()

  before(async () => {
    const images = [await imagesTar()]
    fleet = startFleet({ hosts: 2, net: 77, docker: true, images })
    player = startPlayer(fleet)
    project = await startProject(fleet, manifestWith(apiImage), {
      aws: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' },
      session: { SESSION_KEY: 'of the session' },
    })
    project.write('playbooks/api-deploy.yml', playbook)
    const { status, stderr } = await project.lockstep(['setup'])
    assert.equal(status, 0, stderr)
  })
  after(() => {
    project.remove()
    player.remove()
    fleet.down()
  })

  test('are created and proved; a second run restarts nothing', async () => {
    const first = await play('-v')
    assert.equal(first.status, 0, said(first))
    assert.match(first.stdout, /"proof": "reported", "state": "ready"/)
    const running = [1, 2].map(container)
    const second = await play()
    assert.deepEqual(changed(second), [0, 0], said(second))
    assert.deepEqual([1, 2].map(container), running)
  })

  test('one that is gone is created again, with the tag restart alone', async () => {
    const one = container(1)
    fleet.at(2, 'docker rm -f $(docker ps -q)')
    const played = await play('--tags', 'restart')
    assert.deepEqual(changed(played), [0, 1], said(played))
    assert.equal(container(1), one)
    assert.match(container(2), /callableapis/)
  })

  test('the first host that fails goes back and holds the others; the next run need not wait', async () => {
    const running = [1, 2].map(container)
    project.write('lockstep.yaml', manifestWith('localhost:1/shop/none:1'))
    const played = await play()
    assert.notEqual(played.status, 0)
    assert.deepEqual([played.hosts['host1']?.failed, played.hosts['host2']?.failed], [1, 1], said(played))
    assert.match(said(played), /held back: host1 failed first/)
    assert.deepEqual([1, 2].map(container), running)
    project.write('lockstep.yaml', manifestWith(apiImage))
    const { status } = await project.lockstep(['set', 'SESSION_KEY'], { input: 'another' })
    assert.equal(status, 0)
    const again = await play()
    assert.equal(again.status, 0, said(again))
    assert.deepEqual(changed(again), [2, 2])
  })
})

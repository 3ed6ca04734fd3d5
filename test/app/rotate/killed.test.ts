import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { enrolled, four, memoryFleet, type MemoryFleet } from '../../support/hosts-in-memory.ts'
import { cutOff, rotatingProject, worldOf } from '../../support/rotation-in-memory.ts'

test('killed anywhere', async (t) => {
  const base = await rotatingProject(t, memoryFleet(four(enrolled)))
  const copyOf = ({ hosts }: MemoryFleet): MemoryFleet =>
    memoryFleet(Object.fromEntries(Object.entries(hosts).map(([name, { facts }]) => [name, facts])))
  const count = Number(process.env['COUNT'] ?? 400)
  const bad: string[] = []
  for (let at = Number(process.env['FROM'] ?? 0); at < count; at++) {
    let isOver = false
    for (const mode of ['resume', 'abort'] as const)
      for (const where of ['here', 'elsewhere'] as const) {
        const world = worldOf(copyOf(base.world.fleet), ['value-1'])
        const first = await base.again(t, 'here', world)
        const { isCut, effects } = await cutOff(world, at, () => first.rotate())
        if (!isCut) {
          isOver = true
          continue
        }
        const label = `${at} ${effects.at(-1)} | ${mode} ${where}`
        if (where === 'elsewhere')
          for (const host of Object.values(world.fleet.hosts)) host.facts = { ...host.facts, now: host.facts.now + 301 }
        const second = await first.again(t, where)
        let said = 'ok'
        try {
          const report = await second.rotate({ mode, names: [] })
          const again = await second.rotate({ mode: 'resume', names: [] })
          const value = await second.value('DB_PASSWORD')
          const accepted = [...world.upstream.accepted]
          said = `${value} ${accepted} open=${report.isOpen} rows=${report.rows.map((one) => `${one.id} ${one.end} ${one.problem?.message ?? ''}`)} hosts=${report.hosts.map((one) => `${one.host} ${one.state} ${one.problem?.message ?? ''}`)} again=${again.rows.length}`
          const ok =
            (value === 'value-1' || value === 'value-2') &&
            accepted.join() === value &&
            !report.isOpen &&
            again.rows.length === 0
          if (!ok) bad.push(`${label}: ${said}`)
          if ((mode === 'abort' && value !== 'value-1') || (mode === 'resume' && value !== 'value-2'))
            bad.push(`?? ${label}: ${said}`)
        } catch (error) {
          bad.push(`${label}: THROWN ${error} ${(error as any).hint}`)
        }
      }
    if (isOver) break
    console.log(at, Math.round(performance.now()), bad.splice(0).join('\n'))
  }
  console.log(bad.join('\n'))
  assert.ok(true)
})
void suite

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Finding, FindingId } from '../../../src/core/audit/findings.ts'
import { finding } from '../../../src/core/audit/findings.ts'
import { isMore, limited } from '../../../src/core/audit/limited.ts'

const one = (id: FindingId, host: string | null, path: string): Finding =>
  finding(id, { host, path, message: '', fix: '' })

const many = (id: FindingId, count: number, host = 'a'): readonly Finding[] =>
  Array.from({ length: count }, (_, index) => one(id, host, `/x${index}`))

test('many findings of one kind hide none of another, and what was left out is as bad as they are', () => {
  const others = [one('FOREIGN-READ', 'a', '/y'), one('WATCH-STOPPED', 'a', '/y'), one('BACKUP-READABLE', 'b', '/y')]
  const low = [one('BEHIND', 'a', '/z'), one('PLAIN-COPY', null, 'z')]
  const found = limited([...many('BACKUP-READABLE', 1001), ...others, ...low])
  for (const each of [...others, ...low]) assert.ok(found.includes(each), each.id)
  assert.equal(found.filter((each) => each.id === 'BACKUP-READABLE' && each.host === 'a').length, 101)
  const [more, ...none] = found.filter(isMore)
  assert.deepEqual([more?.id, more?.severity, more?.host, none.length], ['BACKUP-READABLE', 'high', 'a', 0])
  assert.equal(more?.message, '901 more of these than are told')
  assert.deepEqual(limited(many('UNKNOWN-FILE', 100)).length, 100)
  assert.deepEqual(limited(Array<Finding>(200).fill(one('PLAIN-COPY', null, 'z'))).length, 200, 'here nobody floods')
})

test('a long path takes the room of its own kind alone', () => {
  const long = Array.from({ length: 10 }, (_, index) => one('PIECE-WRITABLE', 'a', `/${'\u0001'.repeat(2000)}${index}`))
  const found = limited([...long, one('PIECE-WRITABLE', 'a', '/z'), one('FOREIGN-READ', 'a', '/y')])
  assert.ok(JSON.stringify(found).length < 70_000)
  assert.deepEqual(found.filter(({ path }) => path === '/z' || path === '/y').length, 2)
  assert.equal(found.find(isMore)?.message, '5 more of these than are told')
})

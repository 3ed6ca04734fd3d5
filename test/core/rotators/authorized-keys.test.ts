import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { hasKey, withKey, withoutKey } from '../../../src/core/rotators/authorized-keys.ts'

const [former, key, other] = ['ssh-rsa AAAAold+/==', 'ssh-ed25519 AAAAnew', 'ssh-ed25519 AAAAother']
const added = (file: string): string | null => withKey(file, former, key, 'lockstep shop deploy')

suite('a line of authorized_keys', () => {
  const lines: readonly string[] = [
    former,
    `${former} a comment`,
    ` \t${former}\ta`,
    'ssh-rsa \t AAAAold+/== a',
    `restrict,command="cd /srv && ./deploy" ${former} a`,
    `command="echo \\"${other}\\" # x" ${former}`,
    `from="10.0.0.0/8,!10.1.2.3",environment="A=cert-authority"\t${former} a`,
    `command="ssh-rsa" ${former} ${other}`,
    `${former} caf\u00c3\u00a9 of bytes\r`,
  ]
  for (const line of lines) {
    test(JSON.stringify(line), () => {
      const file = `# kept\n\n${other} somebody\n${line}\n${other}2 last`
      assert.ok(hasKey(file, former))
      const both = added(file) ?? assert.fail('no line')
      assert.equal(withoutKey(both, key), file)
      const options = line.slice(0, line.search(/ssh-rsa[ \t]+AAAA/))
      const expected = `${options}${key} lockstep shop deploy${line.endsWith('\r') ? '\r' : ''}`
      assert.equal(withoutKey(both, former), `# kept\n\n${other} somebody\n${expected}\n${other}2 last`)
      assert.equal(added(both), both, 'added once')
      assert.equal(added(withoutKey(both, former)), withoutKey(both, former), 'the former one is gone already')
    })
  }

  const strangers: readonly string[] = [
    '',
    `# ${former}`,
    `  #${former}`,
    `${former}A`,
    'ssh-rsa',
    'ssh-rsa AAAAold+/=',
    `cert-authority ${former}`,
    `restrict,Cert-Authority,command="x" ${former}`,
    `command="${former}" ${other}`,
    `command="\\"${former} " ${other}`,
    `${other} ${former}`,
    `command="x" # ${former}`,
  ]
  for (const line of strangers) {
    test(`not for the key: ${JSON.stringify(line)}`, () => {
      assert.equal(hasKey(`${line}\n`, former), false)
      assert.equal(added(`${line}\n`), null)
      assert.equal(withoutKey(`${line}\n`, former), `${line}\n`)
    })
  }

  test('each of several lines has its own counterpart, the last one without an end too', () => {
    const file = `from="a" ${former} one\nfrom="b" ${former}`
    assert.equal(
      added(file),
      [
        `from="a" ${former} one`,
        `from="a" ${key} lockstep shop deploy`,
        `from="b" ${former}`,
        `from="b" ${key} lockstep shop deploy`,
        '',
      ].join('\n'),
    )
  })

  test('who changed the comment of the new line gets no second one', () => {
    const file = `restrict ${former}\nrestrict ${key} mine\n`
    assert.equal(added(file), file)
  })
})

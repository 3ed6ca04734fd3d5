import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Secret } from '../../src/core/secret.ts'
import { signed, type ToSign } from '../../src/crypto/aws-signature.ts'

const key = { id: new Secret('AKIDEXAMPLE'), secret: new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY') }
const form = 'application/x-www-form-urlencoded'

/** AWS's published test suite for Signature Version 4, and the worked example of its documentation (the last one). */
const vectors: readonly [string, Partial<Omit<ToSign, 'url'>> & { readonly url: string }, string, string][] = [
  [
    'get-vanilla',
    { url: 'https://example.amazonaws.com/' },
    'host;x-amz-date',
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-vanilla-query-order-key-case',
    { url: 'https://example.amazonaws.com/?Param2=value2&Param1=value1' },
    'host;x-amz-date',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'get-header-value-trim',
    { url: 'https://example.amazonaws.com/', headers: { 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'host;my-header1;my-header2;x-amz-date',
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  [
    'post-vanilla',
    { method: 'POST', url: 'https://example.amazonaws.com/' },
    'host;x-amz-date',
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-x-www-form-urlencoded',
    { method: 'POST', url: 'https://example.amazonaws.com/', headers: { 'content-type': form }, body: 'Param1=value1' },
    'content-type;host;x-amz-date',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    'IAM ListUsers',
    {
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': `${form}; charset=utf-8` },
      service: 'iam',
    },
    'content-type;host;x-amz-date',
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  ],
]

suite('AWS Signature Version 4', () => {
  for (const [name, { url, ...request }, names, signature] of vectors) {
    test(name, () => {
      const service = request.service ?? 'service'
      const headers = signed(key, {
        method: 'GET',
        headers: {},
        body: '',
        region: 'us-east-1',
        service,
        at: Date.UTC(2015, 7, 30, 12, 36),
        ...request,
        url: new URL(url),
      })
      assert.equal(headers['x-amz-date'], '20150830T123600Z')
      assert.equal(
        headers['authorization'],
        `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, ` +
          `SignedHeaders=${names}, Signature=${signature}`,
      )
    })
  }
})

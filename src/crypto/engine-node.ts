import type { Engine } from './engine.ts'

// Asked for when used: loading node:crypto takes longer than many a command.
const node = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto')

const tagLength = 16

export const nodeEngine: Engine = {
  stretch: (password, salt, rounds, length) =>
    new Promise((resolve, reject) => {
      node().pbkdf2(password, salt, rounds, length, 'sha256', (error, key) =>
        error === null ? resolve(key) : reject(error),
      )
    }),
  hmac: (key, bytes) => {
    const { createHmac, createSecretKey } = node()
    // of bytes alone Node first finds out, by errors that it throws and catches, which kinds of key they are not: four
    // times as long
    return createHmac('sha256', createSecretKey(key)).update(bytes).digest()
  },
  sha256: (bytes) => node().createHash('sha256').update(bytes).digest(),
  ctr: async (key, counter, bytes) => node().createCipheriv('aes-256-ctr', key, counter).update(bytes),
  seal: async ({ key, nonce, additional }, bytes) => {
    const cipher = node().createCipheriv('aes-256-gcm', key, nonce).setAAD(additional)
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  },
  open: async ({ key, nonce, additional }, sealed) => {
    if (sealed.length < tagLength) return null
    const decipher = node().createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
    decipher.setAAD(additional).setAuthTag(sealed.subarray(-tagLength))
    const opened = decipher.update(sealed.subarray(0, -tagLength))
    try {
      return Buffer.concat([opened, decipher.final()])
    } catch {
      return null
    }
  },
  same: (a, b) => a.length === b.length && node().timingSafeEqual(a, b),
}

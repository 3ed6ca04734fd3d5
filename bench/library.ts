import type { Subject } from './compare.ts'

export const library: Subject = { name: 'library', prepare: async () => ({ figures: [] }) }

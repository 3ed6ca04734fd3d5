export { printable } from '../core/host-text.ts'

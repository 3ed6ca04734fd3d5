const hidden = '[secret]'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A value that cannot print itself: string conversion, JSON and `util.inspect` all give `[secret]`.
 *  `reveal()` belongs where the value leaves for its destination and nowhere else. */
export class Secret {
  readonly #bytes: Uint8Array

  /** Takes a copy of `value`; text is kept as UTF-8. */
  constructor(value: string | Uint8Array) {
    this.#bytes = typeof value === 'string' ? encoder.encode(value) : Uint8Array.from(value)
  }

  /** The value as text. */
  reveal(): string {
    return decoder.decode(this.#bytes)
  }

  /** The value's own bytes (not a copy): do not keep them, do not change them. */
  bytes(): Uint8Array {
    return this.#bytes
  }

  /** Same value? Looks at every byte whatever the first difference. */
  equals(other: Secret): boolean {
    const [a, b] = [this.#bytes, other.#bytes]
    let difference = a.length ^ b.length
    for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i % (b.length || 1)] ?? 0)
    return difference === 0
  }

  /** Overwrites the bytes we hold. Strings already revealed are beyond reach. */
  forget(): void {
    this.#bytes.fill(0)
  }

  toString(): string {
    return hidden
  }

  toJSON(): string {
    return hidden
  }
}

Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => hidden })

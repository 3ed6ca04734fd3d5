/** Text as it may reach a terminal: control, bidi and other invisible characters are shown as `\u001b`, so that a name
 *  from outside can neither move the cursor nor hide what follows. Newlines stay. */
export const printable = (text: string): string =>
  text.replace(/[^\n\P{C}]|[\u2028\u2029]/gu, (character) =>
    Array.from({ length: character.length }, (_, i) => escapeUnit(character.charCodeAt(i))).join(''),
  )

const escapeUnit = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`

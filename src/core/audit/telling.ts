/** Which values are worth looking for, on hosts and on the operators' side: what is shorter, or easier to guess as
 *  password-strength.ts estimates it, stands wherever people write. */
export const shortestTelling = 8
export const tellingBits = 40

/** Parser of a command-line option that takes a whole number. */
export function wholeNumber(option: string, least = 0): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!Number.isSafeInteger(value) || value < least) {
      throw new RangeError(`Cannot use ${option} ${text}: it takes a whole number from ${least} on`)
    }
    return value
  }
}

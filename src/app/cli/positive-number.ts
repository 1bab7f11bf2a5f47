/** Parser of a command-line option that takes a number above 0. */
export function positiveNumber(option: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
    if (!(value > 0 && value <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`Cannot use ${option} ${text}: it takes a number above 0`)
    }
    return value
  }
}

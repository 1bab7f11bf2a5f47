const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Parser of a command-line option that takes a duration such as `60s`, `5m`, `1.5h`; the result is in ms. */
export function parseDuration(option: string): (text: string) => number {
  return (text) => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
    if (!match) throw new RangeError(`Cannot use ${option} ${text}: write a number and ms, s, m, h or d, such as 60s`)
    return Number(match[1]) * UNITS[match[2]]
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of a duration such as `60s`, `5m`, `1.5h`. Throws RangeError with the accepted form. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim())
  if (!match)
    throw new RangeError(
      `Cannot read the duration ${JSON.stringify(text)}: write a number and ms, s, m, h or d, such as 60s`,
    )
  return Number(match[1]) * UNITS[match[2]]
}

/** What an interaction may hold at most, wherever it comes from. Lengths in UTF-16 units. */
export const INTERACTION_LIMITS = {
  idLength: 256,
  /** Names and values of features. */
  featureLength: 256,
  featuresPerMap: 64,
  /** 1990-01-01T00:00:00Z, unix ms; a time before it is a wrong unit, such as seconds. */
  earliestTime: 631_152_000_000,
  /** 2100-01-01T00:00:00Z, unix ms, itself excluded; a time after it is a wrong unit, such as microseconds. */
  endOfTime: 4_102_444_800_000,
} as const

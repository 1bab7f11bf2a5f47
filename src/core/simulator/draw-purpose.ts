/**
 * What a keyed draw is for: the third word of its key (seed, user or item, purpose, counter). Streams of different
 * purposes never meet, so no draw depends on which others were made before it.
 */
export const DRAW_PURPOSE = {
  person: 1,
  arrival: 2,
  day: 3,
  session: 4,
  item: 5,
  centre: 6,
  /** What a world becomes when it changes. */
  change: 7,
  /** What a visitor of an A/B test looks at, and which candidates there are. */
  visit: 8,
  /** Purposes from here on are `response` plus the index of the item. */
  response: 1000,
} as const

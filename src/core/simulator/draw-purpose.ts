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
  /** Purposes from here on are `response` plus the index of the item. */
  response: 1000,
} as const

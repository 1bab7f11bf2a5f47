/** What may change in a world on one day, for good: what users like, or how each stage behaves. */
export const WORLD_CHANGES = ['none', 'tastes', 'stages'] as const
export type WorldChange = (typeof WORLD_CHANGES)[number]

/**
 * What a stage changes: `level`, how much its users click and order, whatever the item; `by-stage`, also how much taste and
 * quality count for them, so that the best order of items depends on the stage.
 */
export const APPEALS = ['level', 'by-stage'] as const
export type Appeal = (typeof APPEALS)[number]

export interface WorldSettings {
  /** 32-bit integer; worlds with equal settings are equal to the last event. */
  readonly seed: number
  /** Users that ever arrive, ids u000000 upwards. */
  readonly userCount: number
  /** Items, ids i00000 upwards, in falling order of popularity. */
  readonly itemCount: number
  /** Unix ms of the world's first midnight; days and stages turn over at this time of day. */
  readonly startTimeMs: number
  /** Sessions per day of a present user, averaged over the stationary mix of stages. */
  readonly meanSessionsPerDay: number
  /** Share of the users that are there from the start, with stages in their stationary mix. */
  readonly initialUserShare: number
  /** The others arrive uniformly over so many days, as `new`. */
  readonly arrivalDays: number
  readonly appeal: Appeal
  readonly change: WorldChange
  /** Day of the world, from 0, at whose midnight it changes. */
  readonly changeDay: number
}

/** A small shop: 20,000 to 60,000 events a day. Starts on 2025-01-01T00:00Z. */
export const DEFAULT_WORLD_SETTINGS: WorldSettings = Object.freeze({
  seed: 1,
  userCount: 2000,
  itemCount: 500,
  startTimeMs: 1_735_689_600_000,
  meanSessionsPerDay: 2.5,
  initialUserShare: 0.7,
  arrivalDays: 30,
  appeal: 'level',
  change: 'none',
  changeDay: 0,
})

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 10_000_000
}

/** Defaults filled in and frozen. Throws RangeError for a setting that no world can have. */
export function completeSettings(settings: Partial<WorldSettings>): WorldSettings {
  const complete = { ...DEFAULT_WORLD_SETTINGS, ...settings }
  const check = (name: keyof WorldSettings, isFine: boolean, wanted: string): void => {
    if (!isFine) throw new RangeError(`Cannot create a world: ${name} is ${complete[name]}, not ${wanted}`)
  }
  check('seed', Number.isInteger(complete.seed), 'an integer')
  check('userCount', isCount(complete.userCount), 'an integer in 1 .. 10,000,000')
  check('itemCount', isCount(complete.itemCount), 'an integer in 1 .. 10,000,000')
  check('startTimeMs', Number.isSafeInteger(complete.startTimeMs) && complete.startTimeMs >= 0, 'unix milliseconds')
  check('meanSessionsPerDay', complete.meanSessionsPerDay > 0 && complete.meanSessionsPerDay <= 100, 'in (0, 100]')
  check('initialUserShare', complete.initialUserShare >= 0 && complete.initialUserShare <= 1, 'in [0, 1]')
  check('arrivalDays', Number.isInteger(complete.arrivalDays) && complete.arrivalDays >= 1, 'a positive integer')
  check('appeal', APPEALS.includes(complete.appeal), `one of ${APPEALS.join(', ')}`)
  check('change', WORLD_CHANGES.includes(complete.change), `one of ${WORLD_CHANGES.join(', ')}`)
  check('changeDay', Number.isInteger(complete.changeDay) && complete.changeDay >= 0, 'an integer from 0 on')
  return Object.freeze(complete)
}

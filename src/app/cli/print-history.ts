import type { Config } from '../config/config-schema.ts'
import { replayUser } from '../replay/replay-user.ts'
import type { UserPast } from '../replay/user-past.ts'
import { stateDifference, statesAt } from '../replay/state-at.ts'
import { whyOf, type WhyQuery } from '../replay/why.ts'
import { renderDifferences } from '../report/render-difference.ts'
import { renderState } from '../report/render-state.ts'
import { renderWhy } from '../report/render-why.ts'
import { openWorldAsFound, type World } from '../wire.ts'
import { jsonOf } from './json-of.ts'
import { print } from './output.ts'

/** The state of a user as it was at an event time, unix ms. */
export async function printStateAt(config: Config, user: string, timeMs: number, asJson: boolean): Promise<void> {
  await withWorld(config, async (world) => {
    const past = await replayUser(world, user)
    const [state] = await statesAt(user, past, [timeMs])
    tellReadings(past)
    await print(`${asJson ? jsonOf(state, 2) : renderState(state)}\n`)
  })
}

/** The moves of a user with the events behind them. */
export async function printWhy(config: Config, user: string, query: WhyQuery, asJson: boolean): Promise<void> {
  await withWorld(config, async (world) => {
    const past = await replayUser(world, user)
    const why = await whyOf(user, past, query)
    tellReadings(past)
    await print(`${asJson ? jsonOf(why, 2) : renderWhy(why)}\n`)
  })
}

/** What differs in a user's state between two event times, unix ms. */
export async function printDifference(
  config: Config,
  user: string,
  from: number,
  to: number,
  asJson: boolean,
): Promise<void> {
  await withWorld(config, async (world) => {
    const past = await replayUser(world, user)
    const [first, second] = await statesAt(user, past, [from, to])
    tellReadings(past)
    const fields = stateDifference(first, second)
    const json = {
      userId: user,
      from,
      to,
      fields: fields.map(({ field, found, replayed }) => ({ field, from: found, to: replayed })),
    }
    await print(`${asJson ? jsonOf(json, 2) : renderDifferences(user, from, to, fields)}\n`)
  })
}

/** On standard error: the answer alone goes to standard output. */
function tellReadings({ readings }: UserPast): void {
  for (const { records, fromOffset } of readings) {
    const from = fromOffset === null ? 'the beginning' : `the snapshot at offset ${fromOffset}`
    process.stderr.write(`replayed ${records} records from ${from}\n`)
  }
}

async function withWorld(config: Config, work: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorldAsFound(config)
  try {
    await work(world)
  } finally {
    await world.close()
  }
}

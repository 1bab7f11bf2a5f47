import { STAGES } from '../contracts/stage.ts'

/** Where candidates come from. */
export const CHANNELS = ['popular', 'fresh', 'similar', 'exploration'] as const
export type Channel = (typeof CHANNELS)[number]

export interface PolicySettings {
  readonly seed: number
  readonly tasks: readonly string[]
  /** What each task is worth, by stage in the order of STAGES, (4)(T). */
  readonly values: readonly (readonly number[])[]
  /** Fusion weights to choose from, (T) each, by name. */
  readonly fusions: Readonly<Record<string, readonly number[]>>
  /** Share of the candidates that go to `exploration` at least. */
  readonly floor: number
  /** Evidence is worth half after so long. */
  readonly halfLifeDays: number
  /** Successes that the rate over the options of a stage is worth as a prior. */
  readonly priorSuccesses: number
  /** Successes that a stage's posterior is worth, at most, as a prior for one of its users. */
  readonly ownSuccesses: number
  /** Users whose own evidence is kept: the latest. */
  readonly maxUsers: number
}

const DEFAULTS = { seed: 1, floor: 0.1, halfLifeDays: 14, priorSuccesses: 10, ownSuccesses: 20, maxUsers: 100_000 }

/** Every task alike, and each task in front once. */
export function defaultFusions(tasks: readonly string[]): Record<string, number[]> {
  return Object.fromEntries([
    ['even', tasks.map(() => 1)],
    ...tasks.map((name, k) => [`${name}-first`, tasks.map((_, j) => (j === k ? 3 : 1))] as const),
  ])
}

/** Fills in the defaults. Throws RangeError for settings that contradict each other. */
export function policySettings(choice: Pick<PolicySettings, 'tasks'> & Partial<PolicySettings>): PolicySettings {
  const { tasks } = choice
  const settings: PolicySettings = {
    ...DEFAULTS,
    values: STAGES.map(() => tasks.map(() => 1)),
    fusions: defaultFusions(tasks),
    ...choice,
  }
  const refuse = (why: string): never => {
    throw new RangeError(`Cannot make a policy: ${why}`)
  }
  if (!(settings.floor >= 0 && settings.floor <= 1)) refuse(`floor is ${settings.floor}, not in [0, 1]`)
  if (!(settings.halfLifeDays > 0)) refuse(`halfLifeDays is ${settings.halfLifeDays}`)
  if (!(settings.priorSuccesses > 0 && settings.ownSuccesses > 0)) refuse('the strength of a prior must be above 0')
  if (Object.keys(settings.fusions).length === 0) refuse('there is no fusion to choose from')
  const rows = [...settings.values, ...Object.values(settings.fusions)]
  if (rows.some(({ length }) => length !== tasks.length)) refuse(`values and fusions need ${tasks.length} numbers each`)
  return Object.freeze(settings)
}

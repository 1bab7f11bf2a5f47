import type { ModelBundle, TaskPopulation } from '../contracts/model-bundle.ts'
import type { TrackerSettings } from '../contracts/tracker-settings.ts'
import { normalQuantile } from '../statistics/normal-quantile.ts'
import { DAY_MS } from './day-window.ts'
import { fieldLayout, type FieldLayout } from './field-layout.ts'

/** Settings and one bundle's population statistics, compiled for the fold. T tasks. */
export interface TrackerModel {
  readonly settings: TrackerSettings
  readonly layout: FieldLayout
  readonly halfLifeMs: number
  /** Indices of the click, stay and conversion task. */
  readonly stageTasks: readonly [click: number, stay: number, conversion: number]
  /** Standard normal quantile of activity.gapQuantile. */
  readonly gapNormalQuantile: number
  readonly bundleVersion: number
  /** (T), in the order of settings.tasks. */
  readonly populations: readonly TaskPopulation[]
  /** Names what decided a stage: rule set and posterior mode. */
  readonly ruleVersion: string
}

/** Throws RangeError when a stage rule names a task that is not defined, or the bundle lacks a task. */
export function buildTrackerModel(settings: TrackerSettings, bundle: ModelBundle | null): TrackerModel {
  const indexOf = (role: string, name: string): number => {
    const index = settings.tasks.findIndex((task) => task.name === name)
    if (index < 0) throw new RangeError(`Cannot use stages.${role}: no task is named ${name}`)
    return index
  }
  const { rules, clickTask, stayTask, conversionTask } = settings.stages
  return {
    settings,
    layout: fieldLayout(settings),
    halfLifeMs: settings.posterior.halfLifeDays * DAY_MS,
    stageTasks: [
      indexOf('clickTask', clickTask),
      indexOf('stayTask', stayTask),
      indexOf('conversionTask', conversionTask),
    ],
    gapNormalQuantile: normalQuantile(settings.activity.gapQuantile),
    bundleVersion: bundle?.version ?? 0,
    populations: settings.tasks.map(({ name }) => populationOf(bundle, name)),
    ruleVersion: `${rules}-${settings.posterior.mode}-1`,
  }
}

function populationOf(bundle: ModelBundle | null, task: string): TaskPopulation {
  if (!bundle) return unknownPopulation(task)
  const population = bundle.tasks.find((candidate) => candidate.task === task)
  if (!population) throw new RangeError(`Cannot use bundle ${bundle.version}: it has no task ${task}`)
  return population
}

/** Before the first bundle: a flat prior, no median and no quantiles. */
function unknownPopulation(task: string): TaskPopulation {
  return {
    task,
    priorAlpha: 1,
    priorBeta: 1,
    median: Number.NaN,
    gammaMean: 0.5,
    labelMean: 0.5,
    quantiles: new Float64Array(0),
  }
}

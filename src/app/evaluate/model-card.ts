import { STAGES } from '../../core/contracts/stage.ts'
import { embeddedFields } from '../../core/ranker/embedded-fields.ts'
import { LEVELS } from '../../core/ranker/metrics/posterior-calibration.ts'
import type { RankerSettings } from '../../core/ranker/ranker-settings.ts'
import type { Config } from '../config/config-schema.ts'
import { dayText } from './days.ts'
import type { CardLines as Lines, EvaluationReport, ModelCard } from './evaluation-report.ts'
import type { VariantFigures } from './evaluation.ts'

type Uncarded = Omit<EvaluationReport, 'card'>

/** A stage with fewer positives than this says little. */
const FEW_POSITIVES = 100
const ECE_LIMIT = 0.02
const PCOC_LIMIT = 0.1
const COVERAGE_LIMITS = [0.03, 0.02]

export function modelCard(
  report: Uncarded,
  config: Config,
  settingsOf: (variant: string) => RankerSettings,
): ModelCard {
  const names = report.variants.map(({ name }) => name)
  const configured = names.includes(config.ranker.mode)
  const model = configured ? config.ranker.mode : bestOf(report)
  const settings = settingsOf(model)
  return {
    model,
    why: configured ? 'the configured mode' : 'the best of this run in the mean AUC over the tasks',
    data: dataLines(report),
    features: featureLines(config, settings),
    settings: settingLines(settings),
    results: resultLines(report, model),
    limits: limitsOf(report, model),
  }
}

function mainOf({ protocols }: Uncarded, model: string): VariantFigures {
  return (protocols.split ?? protocols.prequential ?? protocols.sync)!.variants[model]
}

function bestOf(report: Uncarded): string {
  const { variants } = (report.protocols.prequential ?? report.protocols.split)!
  const meanAuc = (name: string) => {
    const tasks = Object.values(Object.values(variants[name].views)[0])
    return tasks.reduce((sum, { overall }) => sum + overall.auc.mean, 0) / tasks.length
  }
  return Object.keys(variants).reduce((best, name) => (meanAuc(name) > meanAuc(best) ? name : best))
}

function dataLines({ data, plan }: Uncarded): Lines {
  const day = (timeMs: number) => dayText(timeMs, data.utcOffsetMs)
  const rate = (share: number) => (Number.isNaN(share) ? 'n/a' : `${(100 * share).toPrecision(3)} %`)
  return [
    ['source', data.source],
    ['period', `${day(data.fromMs)} to ${day(data.toMs)}`],
    ['rows', `${data.rows}, of which ${data.deadLetters} could not be used; ${data.examples} examples`],
    ['users and items', `${data.users} and ${data.items}`],
    ['training', `to ${plan.trainTo}`],
    ['validation', `to ${plan.validTo}`],
    ['judged', plan.judge === 'test' ? `the days after ${plan.validTo}` : 'the validation days'],
    ...data.tasks.map(({ name, labels, positives }): [string, string] => [
      `task ${name}`,
      `${labels} labels, ${rate(positives / labels)} positive`,
    ]),
  ]
}

function featureLines({ features, tasks }: Config, settings: RankerSettings): Lines {
  const crosses = embeddedFields(settings).filter(({ parts }) => parts.length > 1)
  return [
    ['ids', 'user, item'],
    ['context', features.context.join(', ') || 'none'],
    ['user', [...features.user, ...features.attributes.map(({ name }) => name)].join(', ') || 'none'],
    ['item', features.item.join(', ') || 'none'],
    ['crosses', crosses.map((field) => field.name).join(', ') || 'none'],
    [
      'state',
      settings.stateFeatures
        ? `rate of ${tasks.map(({ name }) => name).join(', ')}; evidence, recency, count, tenure; stage probabilities`
        : 'none',
    ],
  ]
}

function settingLines(settings: RankerSettings): Lines {
  const left = new Set(['sparseFields', 'crosses', 'extractor', 'tasks', 'quantileTasks', 'stateNumberCount'])
  return Object.entries(settings).flatMap(([name, value]): [string, string][] =>
    left.has(name) ? [] : [[name, typeof value === 'string' ? value : JSON.stringify(value)]],
  )
}

function resultLines(report: Uncarded, model: string): Lines {
  return Object.entries(report.protocols).flatMap(([protocol, figures]) => {
    const { views } = figures.variants[model]
    const [view] = Object.keys(views)
    return Object.entries(views[view]).map(([task, { overall }]): [string, string] => {
      const parts = [
        ['AUC', overall.auc],
        ['log loss', overall.logLoss],
        ['ECE', overall.ece],
      ] as const
      const text = parts.map(([name, { mean }]) => `${name} ${Number.isNaN(mean) ? 'n/a' : mean.toFixed(4)}`)
      return [`${protocol}${protocol === 'sync' ? ` (${view})` : ''}, ${task}`, text.join(', ')]
    })
  })
}

/** Sentences that follow from the figures. */
function limitsOf(report: Uncarded, model: string): string[] {
  return [
    ...runLimits(report),
    ...calibrationLimits(report, model),
    ...differenceLimits(report, model),
    ...stageLimits(report, model),
    ...studyLimits(report),
  ]
}

function* runLimits({ data, plan }: Uncarded): Iterable<string> {
  const days = Math.round((data.toMs - data.fromMs) / 86_400_000)
  yield `One data set of ${days} days: nothing here speaks of other platforms, seasons, or longer times.`
  yield 'Rows are impressions that another recommender chose; what it did not show is not judged.'
  if (plan.seeds === 1) yield 'One seed: nothing is known of the spread between runs.'
  if (plan.judge === 'valid')
    yield 'Judged on the days that choices are made on: the figures are too good for a report.'
  if (data.sharedMoments > 0) {
    yield `${data.sharedMoments} rows share user and millisecond with an earlier one: they share its state and do not see its labels.`
  }
}

function* calibrationLimits(report: Uncarded, model: string): Iterable<string> {
  const { views } = mainOf(report, model)
  for (const [task, { overall }] of Object.entries(Object.values(views)[0])) {
    if (overall.positives === 0) yield `No positive of ${task} in the judged days: it is not judged.`
    const { ece, pcoc } = overall
    if (ece.mean > ECE_LIMIT || Math.abs(pcoc.mean - 1) > PCOC_LIMIT) {
      yield `With the model frozen, ${task} is off: predicted over observed ${pcoc.mean.toFixed(2)}, ECE ${ece.mean.toFixed(4)}.`
    }
  }
}

function* differenceLimits(report: Uncarded, model: string): Iterable<string> {
  for (const [protocol, { variants }] of Object.entries(report.protocols)) {
    const unclear = Object.entries(variants[model].paired ?? {}).flatMap(([task, { auc }]) =>
      auc.low <= 0 && auc.high >= 0 ? [task] : [],
    )
    if (unclear.length > 0) {
      yield `${protocol}: the AUC's difference from ${report.plan.base} may be chance for ${unclear.join(', ')} (95 % interval around 0).`
    }
  }
}

function* stageLimits(report: Uncarded, model: string): Iterable<string> {
  const { views } = mainOf(report, model)
  for (const [task, { stages }] of Object.entries(Object.values(views)[0])) {
    const thin = STAGES.filter((stage) => stages[stage].positives < FEW_POSITIVES)
    if (thin.length > 0)
      yield `${task}: fewer than ${FEW_POSITIVES} positives in ${thin.join(', ')}; figures by stage say little.`
  }
}

function* studyLimits({ studies }: Uncarded): Iterable<string> {
  for (const { task, modes } of studies.posterior ?? []) {
    for (const { mode, overall } of modes.filter((of) => of.mode.startsWith('calibrated'))) {
      const off = LEVELS.filter((level, l) => Math.abs(overall.coverage[l] - level) > COVERAGE_LIMITS[l])
      for (const level of off) {
        const covered = overall.coverage[LEVELS.indexOf(level)]
        yield `Posterior ${mode}, ${task}: the ${100 * level} % interval covers ${(100 * covered).toFixed(1)} %.`
      }
    }
  }
  const { quality } = studies.stages ?? {}
  const empty = STAGES.filter((_, stage) => quality && !(quality.share[stage] > 0))
  if (empty.length > 0) yield `Stages without users: ${empty.join(', ')}.`
  const [first, ...others] = quality?.nextDaysWithEvidence.filter(({ users }) => users > 0) ?? []
  if (first && others.length > 0) {
    const returned = [first, ...others].map((of) => of.returned)
    if (Math.max(...returned) - Math.min(...returned) < 0.05) {
      yield 'Stages foretell what users like, not whether they come back: the return rate is about the same in all.'
    }
  }
  if (studies.separation?.labels === 'own') {
    yield 'Stages of this data are our own: that the state embedding tells them apart is by construction.'
  }
}

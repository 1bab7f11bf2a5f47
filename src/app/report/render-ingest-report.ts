import { STAGES } from '../../core/contracts/stage.ts'
import type { IngestReport } from './ingest-report.ts'
import { textTable } from './text-table.ts'

/** The closing report as a person reads it. */
export function renderIngestReport(report: IngestReport): string {
  const { users, usersByStage, transitions, tasks } = report
  return [
    `${number(report.events)} rows read, ${number(report.duplicates)} of them already known; ` +
      `${number(Math.round(report.eventsPerSecond))} rows/s, ${report.wallSeconds.toFixed(1)} s`,
    `In the data folder: ${number(users)} users, ${number(report.examples)} examples, ` +
      `${number(report.deadLetters)} dead letters`,
    `Peak memory ${number(Math.round(report.peakRssBytes / 2 ** 20))} MiB`,
    ...(report.deadLetters > 0 ? ['`stan-lifecycle cat dead-letters` shows what was wrong with each'] : []),
    '',
    ...textTable([
      ['stage', 'users', 'share', ...STAGES.map((stage) => `to ${stage}`)],
      ...STAGES.map((stage) => [
        stage,
        number(usersByStage[stage]),
        `${fixed((100 * usersByStage[stage]) / Math.max(1, users), 1)} %`,
        ...STAGES.map((to) => (to === stage ? '' : number(transitions[stage]?.[to] ?? 0))),
      ]),
    ]),
    '',
    `Prequential, second half, ${report.mode} on ${report.backend}`,
    ...textTable([
      ['task', 'AUC', 'log loss', 'ECE', 'PCOC', 'positives', 'examples'],
      ...Object.entries(tasks).map(([task, { auc, logLoss, ece, pcoc, positives, examples }]) => [
        task,
        fixed(auc, 4),
        fixed(logLoss, 4),
        fixed(ece, 4),
        fixed(pcoc, 3),
        number(positives),
        number(examples),
      ]),
    ]),
  ].join('\n')
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function fixed(value: number, digits: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits)
}

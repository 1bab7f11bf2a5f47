import { STAGES } from '../../core/contracts/stage.ts'
import type { IngestReport } from './ingest-report.ts'
import { textTable } from './text-table.ts'

/** The closing report as a person reads it. */
export function renderIngestReport(report: IngestReport): string {
  const number = (value: number) => value.toLocaleString('en-US')
  const fixed = (value: number, digits: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits))
  const { users, usersByStage, transitions, tasks } = report
  return [
    `${number(report.events)} rows read, ${number(report.duplicates)} of them already known; in the data folder ` +
      `${number(report.examples)} examples and ${number(report.deadLetters)} dead letters of ${number(users)} users`,
    `${number(Math.round(report.eventsPerSecond))} rows/s, ${report.wallSeconds.toFixed(1)} s, ` +
      `peak memory ${number(Math.round(report.peakRssBytes / 2 ** 20))} MiB`,
    ...(report.deadLetters > 0 ? ['`stan-lifecycle cat dead-letters` shows what was wrong with them'] : []),
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

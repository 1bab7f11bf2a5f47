import pc from 'picocolors'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'

/** Metrics of one task as the view shows them. */
export interface TaskLine {
  readonly task: string
  readonly auc: number
  readonly logLoss: number
  readonly ece: number
  readonly pcoc: number
}

export interface LiveFrame {
  readonly title: string
  readonly streamTime: number
  readonly runningSeconds: number
  readonly events: number
  readonly eventsPerSecond: number
  readonly examples: number
  readonly trained: number
  readonly bundleVersion: number
  readonly deadLetters: number
  readonly users: number
  readonly usersByStage: Readonly<Record<Stage, number>>
  readonly dormant: number
  readonly transitionCount: number
  readonly transitions: readonly StageTransition[]
  readonly alertCount: number
  readonly alerts: readonly LifecycleAlert[]
  readonly tasks: readonly TaskLine[]
  readonly windowExamples: number
  readonly mode: string
  readonly backend: string
  readonly rssBytes: number
}

const STAGE_COLOURS: Record<Stage, (text: string) => string> = {
  new: pc.blue,
  wander: pc.yellow,
  stick: pc.cyan,
  loyal: pc.green,
}

/** The live view as lines of at most `width` columns, without anything that depends on the clock. */
export function renderLiveView(frame: LiveFrame, width: number): string {
  const columns = Math.max(60, Math.min(width, 110))
  const lines = [
    `${pc.bold('stan-lifecycle')}  ${frame.title}`,
    pc.dim('─'.repeat(columns)),
    `${label('events')}${number(frame.events)}  ${pc.bold(number(Math.round(frame.eventsPerSecond)))}/s` +
      `   ${pc.dim('stream time')} ${time(frame.streamTime)}   ${pc.dim('running')} ${frame.runningSeconds.toFixed(0)} s`,
    `${label('examples')}${number(frame.examples)}   ${pc.dim('trained')} ${number(frame.trained)}` +
      `   ${pc.dim('bundle')} ${frame.bundleVersion}   ${pc.dim('dead letters')} ${frame.deadLetters}` +
      `   ${pc.dim('memory')} ${Math.round(frame.rssBytes / 2 ** 20)} MiB`,
    '',
    pc.bold(`Users per stage`) + pc.dim(`   ${number(frame.users)} users, ${number(frame.dormant)} dormant`),
    ...STAGES.map((stage) => stageBar(stage, frame.usersByStage[stage], frame.users, columns)),
    '',
    pc.bold(`Ranker ${frame.mode} on ${frame.backend}`) +
      pc.dim(`   predict, then train; last ${number(frame.windowExamples)} examples`),
    pc.dim(
      `  ${'task'.padEnd(16)}${'AUC'.padStart(8)}${'log loss'.padStart(11)}${'ECE'.padStart(9)}${'PCOC'.padStart(8)}`,
    ),
    ...frame.tasks.map(
      ({ task, auc, logLoss, ece, pcoc }) =>
        `  ${task.padEnd(16)}${metric(auc, 8)}${metric(logLoss, 11)}${metric(ece, 9)}${metric(pcoc, 8, 2)}`,
    ),
    '',
    pc.bold('Last transitions') + pc.dim(`   ${number(frame.transitionCount)} so far`),
    ...filled(frame.transitions.map(transitionLine), 'none yet'),
    '',
    pc.bold('Alerts') + pc.dim(`   ${number(frame.alertCount)} so far`),
    ...filled(frame.alerts.map(alertLine), 'none yet'),
    '',
    pc.dim('Ctrl-C stops; the next start goes on from here'),
  ]
  return lines.join('\n')
}

/** One plain line for a stream that is not a terminal. */
export function plainLine(frame: LiveFrame): string {
  const stages = STAGES.map((stage) => `${stage} ${frame.usersByStage[stage]}`).join(', ')
  const tasks = frame.tasks
    .map(({ task, auc, logLoss }) => `${task} AUC ${plain(auc)} loss ${plain(logLoss)}`)
    .join(', ')
  return (
    `${frame.runningSeconds.toFixed(0)} s: ${frame.events} events, ${Math.round(frame.eventsPerSecond)}/s; ${stages}; ` +
    `${frame.transitionCount} transitions, ${frame.alertCount} alerts; ${tasks}`
  )
}

function stageBar(stage: Stage, count: number, total: number, columns: number): string {
  const room = columns - 30
  const share = total > 0 ? count / total : 0
  const cells = Math.round(share * room)
  const bar = STAGE_COLOURS[stage]('█'.repeat(cells)) + pc.dim('░'.repeat(room - cells))
  return `  ${stage.padEnd(8)}${bar} ${number(count).padStart(8)} ${`${(100 * share).toFixed(1)} %`.padStart(8)}`
}

function transitionLine({ userId, from, to, probability, eventTime }: StageTransition): string {
  const change = `${STAGE_COLOURS[from](from.padEnd(7))} → ${STAGE_COLOURS[to](to.padEnd(7))}`
  return `  ${pc.dim(time(eventTime))}  ${shortened(userId).padEnd(16)} ${change} p ${probability.toFixed(2)}`
}

function alertLine({ severity, message, eventTime }: LifecycleAlert): string {
  const colour = severity === 'info' ? pc.dim : severity === 'warning' ? pc.yellow : pc.red
  return `  ${pc.dim(time(eventTime))}  ${colour(severity.padEnd(8))} ${message}`
}

function filled(lines: string[], empty: string): string[] {
  return lines.length > 0 ? lines : [pc.dim(`  ${empty}`)]
}

function label(text: string): string {
  return pc.dim(text.padEnd(10))
}

function shortened(text: string): string {
  return text.length <= 16 ? text : `${text.slice(0, 15)}…`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function metric(value: number, width: number, digits = 4): string {
  return plain(value, digits).padStart(width)
}

function plain(value: number, digits = 4): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits)
}

function time(timeMs: number): string {
  return timeMs === 0 ? '–' : new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}

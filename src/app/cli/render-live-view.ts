import pc from 'picocolors'
import type { LifecycleAlert } from '../../core/contracts/lifecycle-alert.ts'
import { STAGES, type Stage } from '../../core/contracts/stage.ts'
import type { StageTransition } from '../../core/contracts/stage-transition.ts'
import { clipLine } from './clip-line.ts'

/** Metrics of one task as the view shows them. */
export interface TaskLine {
  readonly task: string
  readonly auc: number
  readonly logLoss: number
  readonly ece: number
  readonly pcoc: number
  /** AUC over the run so far. */
  readonly aucTrend: readonly number[]
}

export interface LiveFrame {
  readonly title: string
  readonly dataDir: string
  /** Of dashboard and API. */
  readonly address: string
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
  /** The latest, oldest first; likewise the alerts. */
  readonly transitions: readonly StageTransition[]
  readonly alertCount: number
  readonly alerts: readonly LifecycleAlert[]
  readonly tasks: readonly TaskLine[]
  readonly windowExamples: number
  readonly mode: string
  readonly backend: string
  readonly rssBytes: number
}

export interface ViewSize {
  readonly columns: number
  readonly rows: number
}

const MAX_COLUMNS = 110
/** Columns of a stage's line around its bar. */
const BAR_MARGIN = 28
/** Lines of the two lists when there is little room, and at most. */
const FEW_TRANSITIONS = 3
const FEW_ALERTS = 2
const MOST = 10
const LINES_OF_AIR = 6
const SPARKS = '▁▂▃▄▅▆▇█'
const MIN_TREND_SPAN = 0.02

const STAGE_COLOURS: Record<Stage, (text: string) => string> = {
  new: pc.blue,
  wander: pc.yellow,
  stick: pc.cyan,
  loyal: pc.green,
}

/** The live view, to fit a terminal: at most `columns` wide and one line less than `rows`. Does not read the clock. */
export function renderLiveView(frame: LiveFrame, { columns, rows }: ViewSize): string {
  const width = Math.min(columns, MAX_COLUMNS)
  const room = roomOf(rows - 1, frame.tasks.length)
  const gap = room.isAiry ? [''] : []
  const lines = [
    ...headLines(frame, width, room.isAiry),
    ...gap,
    ...stageLines(frame, width),
    ...gap,
    ...rankerLines(frame, width),
    ...gap,
    pc.bold('Last transitions') + pc.dim(`   ${number(frame.transitionCount)} so far`),
    ...filled(frame.transitions.slice(-room.transitions).map(transitionLine), 'none yet'),
    ...gap,
    pc.bold('Alerts') + pc.dim(`   ${number(frame.alertCount)} so far`),
    ...filled(frame.alerts.slice(-room.alerts).map(alertLine), 'none yet'),
    ...gap,
    `${pc.dim('dashboard')} ${pc.underline(frame.address)}` +
      pc.dim(`   Ctrl-C stops; the next start goes on from ${frame.dataDir}`),
  ]
  return lines
    .slice(0, Math.max(1, rows - 1))
    .map((line) => clipLine(line, width))
    .join('\n')
}

/** One plain line for a stream that is not a terminal. */
export function plainLine(frame: LiveFrame): string {
  const stages = STAGES.map((stage) => `${stage} ${frame.usersByStage[stage]}`).join(', ')
  const tasks = frame.tasks
    .map(({ task, auc, logLoss }) => `${task} AUC ${figure(auc)} loss ${figure(logLoss)}`)
    .join(', ')
  return (
    `${frame.runningSeconds.toFixed(0)} s: ${frame.events} events, ${Math.round(frame.eventsPerSecond)}/s; ${stages}; ` +
    `${frame.transitionCount} transitions, ${frame.alertCount} alerts; ${tasks}`
  )
}

/** Shares the lines out: first a few of each list, then air between the blocks, then more of the lists. */
function roomOf(lines: number, taskCount: number): { transitions: number; alerts: number; isAiry: boolean } {
  const fixed = 3 + (1 + STAGES.length) + (2 + taskCount) + 3
  let spare = lines - fixed - FEW_TRANSITIONS - FEW_ALERTS
  const isAiry = spare >= LINES_OF_AIR
  if (isAiry) spare -= LINES_OF_AIR
  const more = Math.max(0, spare)
  return {
    transitions: Math.min(MOST, FEW_TRANSITIONS + Math.ceil(more / 2)),
    alerts: Math.min(MOST, FEW_ALERTS + Math.floor(more / 2)),
    isAiry,
  }
}

function headLines(frame: LiveFrame, width: number, withRule: boolean): string[] {
  const { events, eventsPerSecond, examples, trained, deadLetters } = frame
  const running = `running ${frame.runningSeconds.toFixed(0)} s`
  const free = width - `stan-lifecycle  ${frame.title}${running}`.length
  const bad = deadLetters > 0 ? pc.red : pc.dim
  const wide = Math.max(number(events).length, number(examples).length)
  return [
    `${pc.bold('stan-lifecycle')}  ${frame.title}${' '.repeat(Math.max(2, free))}${pc.dim(running)}`,
    ...(withRule ? [pc.dim('─'.repeat(width))] : []),
    `${pc.dim('events  ')} ${number(events).padStart(wide)}   ${pc.bold(`${number(Math.round(eventsPerSecond))}/s`)}` +
      `   ${pc.dim('stream time')} ${time(frame.streamTime)}`,
    `${pc.dim('examples')} ${number(examples).padStart(wide)}   ${pc.dim('trained')} ${number(trained)}` +
      `   ${pc.dim('bundle')} ${frame.bundleVersion}   ${bad(`dead letters ${number(deadLetters)}`)}` +
      `   ${pc.dim(`${Math.round(frame.rssBytes / 2 ** 20)} MiB`)}`,
  ]
}

function stageLines({ users, dormant, usersByStage }: LiveFrame, width: number): string[] {
  return [
    pc.bold('Users per stage') + pc.dim(`   ${number(users)} users, ${number(dormant)} dormant`),
    ...STAGES.map((stage) => {
      const room = Math.max(0, width - BAR_MARGIN)
      const share = users > 0 ? usersByStage[stage] / users : 0
      const cells = Math.round(share * room)
      const bar = STAGE_COLOURS[stage]('█'.repeat(cells)) + pc.dim('░'.repeat(room - cells))
      const count = number(usersByStage[stage]).padStart(8)
      return `  ${stage.padEnd(8)}${bar} ${count} ${`${(100 * share).toFixed(1)} %`.padStart(8)}`
    }),
  ]
}

function rankerLines({ mode, backend, windowExamples, tasks }: LiveFrame, width: number): string[] {
  const name = Math.min(20, Math.max(8, ...tasks.map(({ task }) => task.length)))
  const trendRoom = Math.max(0, Math.min(48, width - name - 42))
  const head = `  ${'task'.padEnd(name)}${'AUC'.padStart(9)}${'log loss'.padStart(10)}${'ECE'.padStart(9)}${'PCOC'.padStart(8)}`
  return [
    pc.bold(`Ranker ${mode} on ${backend}`) + pc.dim(`   predict, then train; last ${number(windowExamples)} examples`),
    pc.dim(`${head}${trendRoom > 12 ? '    AUC so far' : ''}`),
    ...tasks.map(
      ({ task, auc, logLoss, ece, pcoc, aucTrend }) =>
        `  ${shortened(task, name).padEnd(name)}${pc.bold(figure(auc).padStart(9))}${figure(logLoss).padStart(10)}` +
        `${figure(ece).padStart(9)}${figure(pcoc, 2).padStart(8)}    ${pc.green(sparkline(aucTrend, trendRoom))}`,
    ),
  ]
}

/** The values between their least and greatest; over a narrower span than 0.02 they look as flat as they are. */
function sparkline(values: readonly number[], room: number): string {
  const shown = spread(values, Math.min(room, values.length))
  const least = Math.min(...shown)
  const span = Math.max(MIN_TREND_SPAN, Math.max(...shown) - least)
  return shown.map((value) => SPARKS[Math.round(((value - least) / span) * (SPARKS.length - 1))]).join('')
}

/** So many of the values at even distances, the last one among them. */
function spread(values: readonly number[], count: number): number[] {
  return Array.from({ length: count }, (_, i) => values[Math.floor(((i + 1) * values.length) / count) - 1])
}

function transitionLine({ userId, from, to, probability, eventTime }: StageTransition): string {
  const change = `${STAGE_COLOURS[from](from.padEnd(6))} → ${STAGE_COLOURS[to](to.padEnd(6))}`
  return `  ${pc.dim(time(eventTime))}  ${shortened(userId, 16).padEnd(16)}  ${change}  p ${probability.toFixed(2)}`
}

function alertLine({ severity, message, eventTime }: LifecycleAlert): string {
  const colour = severity === 'info' ? pc.dim : severity === 'warning' ? pc.yellow : pc.red
  return `  ${pc.dim(time(eventTime))}  ${colour(severity.padEnd(8))}  ${message}`
}

function filled(lines: string[], empty: string): string[] {
  return lines.length > 0 ? lines : [pc.dim(`  ${empty}`)]
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}

function number(value: number): string {
  return value.toLocaleString('en-US')
}

function figure(value: number, digits = 4): string {
  return Number.isNaN(value) ? '–' : value.toFixed(digits)
}

function time(timeMs: number): string {
  return timeMs === 0 ? '–' : new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}

import type { ProtocolFigures } from './evaluation.ts'
import type { JudgedDays, Protocol } from './run-protocol.ts'

/** Facts of the data that was evaluated on. */
export interface DataFacts {
  /** As it was asked for. */
  readonly source: string
  readonly rows: number
  readonly deadLetters: number
  readonly examples: number
  readonly users: number
  readonly items: number
  readonly fromMs: number
  readonly toMs: number
  readonly utcOffsetMs: number
  /** Rows that share user and millisecond with an earlier one: they share its state, and see none of its labels. */
  readonly sharedMoments: number
  readonly tasks: readonly { readonly name: string; readonly positives: number; readonly labels: number }[]
}

export interface PlanFacts {
  readonly trainTo: string
  readonly validTo: string
  readonly judge: JudgedDays
  readonly seeds: number
  readonly base: string
  readonly resamples: number
}

export interface VariantFacts {
  readonly name: string
  readonly mode: string
  readonly overrides: Readonly<Record<string, string>>
  readonly note: string | null
}

/** Everything an evaluation says, and what --json writes. Numbers that do not exist are NaN, in JSON null. */
export interface EvaluationReport {
  readonly format: 1
  readonly data: DataFacts
  readonly plan: PlanFacts
  readonly variants: readonly VariantFacts[]
  readonly protocols: Readonly<Partial<Record<Protocol, ProtocolFigures>>>
}

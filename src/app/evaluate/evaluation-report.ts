import type { TaskPosteriorStudy } from './posterior-study.ts'
import type { SeparationStudy } from './separation-study.ts'
import type { StageStudy } from './stage-study.ts'
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
  /** Of the committed list, not of --modes. */
  readonly isAblation: boolean
}

export type CardLines = readonly (readonly [name: string, text: string])[]

/** What somebody must know before they use the model, made of the facts of a run (Mitchell et al., FAT* 2019). */
export interface ModelCard {
  /** Variant that the card is about. */
  readonly model: string
  readonly why: string
  readonly data: CardLines
  readonly features: CardLines
  readonly settings: CardLines
  readonly results: CardLines
  readonly limits: readonly string[]
}

/** Everything an evaluation says, and what --json writes. Numbers that do not exist are NaN, in JSON null. */
export interface EvaluationReport {
  readonly format: 1
  readonly data: DataFacts
  readonly plan: PlanFacts
  readonly variants: readonly VariantFacts[]
  readonly protocols: Readonly<Partial<Record<Protocol, ProtocolFigures>>>
  readonly studies: Studies
  readonly card: ModelCard
}

export const STUDIES = ['posterior', 'stages', 'separation'] as const
export type Study = (typeof STUDIES)[number]

/** Each is null where it was not asked for. */
export interface Studies {
  readonly posterior: readonly TaskPosteriorStudy[] | null
  readonly stages: StageStudy | null
  readonly separation: SeparationStudy | null
}

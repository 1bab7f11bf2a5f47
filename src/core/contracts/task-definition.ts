import type { EventType } from './interaction.ts'

/** How an outcome becomes a label: `event` is 1 when it happened; `quantile` is the population quantile F(value). */
export const LABEL_KINDS = ['event', 'quantile'] as const
export type LabelKind = (typeof LABEL_KINDS)[number]

/**
 * A prediction task: what counts as a trial and what as a success. A trial is an impression or one of its outcomes
 * (`trial: click` makes a task conditional on the click).
 */
export interface TaskDefinition {
  readonly name: string
  readonly trial: EventType
  readonly success: EventType
  readonly label: LabelKind
}

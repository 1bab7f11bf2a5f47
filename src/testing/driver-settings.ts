import type { EventType } from '../core/contracts/interaction.ts'
import type { LabelKind } from '../core/contracts/task-definition.ts'
import type { EvidenceKind, PosteriorMode, StageRules, WeightKind } from '../core/contracts/tracker-settings.ts'

/**
 * The sections of the configuration that the tracker reads, with its keys, units and defaults
 * (schemas/config.v1.schema.json says what each does). Everything may be left out.
 */
export interface DriverSettings {
  readonly seed?: number
  readonly tasks?: readonly {
    readonly name: string
    readonly trial?: EventType
    readonly success: EventType
    readonly label?: LabelKind
  }[]
  readonly posterior?: {
    readonly mode?: PosteriorMode
    readonly evidence?: EvidenceKind
    readonly weight?: WeightKind
    readonly halfLifeDays?: number
    readonly windowDays?: number
  }
  readonly stages?: {
    readonly rules?: StageRules
    readonly clickTask?: string
    readonly stayTask?: string
    readonly conversionTask?: string
    readonly minEvidence?: number
    readonly margin?: number
    readonly minLeadMinutes?: number
  }
  readonly activity?: {
    readonly sessionGapMinutes?: number
    readonly gapQuantile?: number
    readonly minDormantDays?: number
    readonly defaultDormantDays?: number
    readonly returnedDays?: number
  }
  readonly joiner?: {
    readonly attributionMinutes?: number
    readonly correctionHours?: number
    readonly rememberedEventIds?: number
  }
  readonly features?: {
    readonly attributes?: readonly { readonly name: string; readonly buckets?: number }[]
  }
  readonly tracker?: { readonly sliceSize?: number }
}

import type { UserAlertSettings } from './alert-settings.ts'
import type { TaskDefinition } from './task-definition.ts'

export const POSTERIOR_MODES = ['paper', 'calibrated'] as const
export type PosteriorMode = (typeof POSTERIOR_MODES)[number]

/** What Algorithm 1 counts: the extractor's prediction p_k (the listing) or the label (the prose). */
export const EVIDENCE_KINDS = ['predicted', 'observed'] as const
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

/** How Algorithm 1 weights the i-th sample: by i (the listing), by 1, or by exponential decay. */
export const WEIGHT_KINDS = ['ordinal', 'unit', 'decayed'] as const
export type WeightKind = (typeof WEIGHT_KINDS)[number]

export const STAGE_RULES = ['paper', 'talk'] as const
export type StageRules = (typeof STAGE_RULES)[number]

/** A static user attribute as an extractor field; values are hashed into `buckets` tokens, 0 for a missing one. */
export interface AttributeField {
  readonly name: string
  readonly buckets: number
}

/** When a user's state is kept for questions about the past. */
export interface SnapshotSettings {
  /** Input records of a period: the first change of a user in each keeps what was before it. 0: nothing is kept. */
  readonly everyRecords: number
  /** Snapshots kept of one user, the newest. */
  readonly kept: number
}

export const NO_SNAPSHOTS: SnapshotSettings = { everyRecords: 0, kept: 1 }

/** Everything that the tracker's states depend on besides event and bundle, and what it keeps of earlier ones. */
export interface TrackerSettings {
  readonly seed: number
  readonly tasks: readonly TaskDefinition[]
  readonly posterior: {
    readonly mode: PosteriorMode
    readonly evidence: EvidenceKind
    readonly weight: WeightKind
    readonly halfLifeDays: number
    readonly windowDays: number
  }
  readonly stages: {
    readonly rules: StageRules
    /** Names of the tasks that play click-through, stay and conversion in the rules. */
    readonly clickTask: string
    readonly stayTask: string
    readonly conversionTask: string
    /** Effective samples of the click task below which a user is `new` whatever the prior says. */
    readonly minEvidence: number
    /** A challenger must lead the holder's probability by this much ... */
    readonly margin: number
    /** ... for this long before the published stage changes. */
    readonly minLeadMs: number
  }
  readonly activity: {
    /** Silence shorter than this never ends a session. */
    readonly sessionGapMs: number
    /** A user is dormant after this quantile of their own gaps between sessions ... */
    readonly gapQuantile: number
    /** ... but never before this, */
    readonly minDormantMs: number
    /** and after this when they have fewer than three gaps. */
    readonly defaultDormantMs: number
    /** The `returned` flag stays for this long. */
    readonly returnedForMs: number
  }
  readonly joiner: {
    /** Outcomes within this time of the impression become its labels. */
    readonly attributionMs: number
    /** Outcomes later than that, but within this time, become corrections. */
    readonly correctionMs: number
    /** Recent event ids remembered per user. */
    readonly rememberedEventIds: number
  }
  readonly attributes: readonly AttributeField[]
  /** Rules about users. */
  readonly alerts: UserAlertSettings
  readonly snapshots: SnapshotSettings
}

import { STATIONARY_STAGES } from './stage-chain.ts'

/**
 * How a stage behaves, in the order of STAGES. The contrasts follow the decision list of the paper's stages: `new` clicks
 * little, `wander` clicks but does not stay, `stick` stays but does not order, `loyal` orders. Logits are of an average
 * user for an average item.
 */
export interface StageBehaviour {
  /** Sessions relative to the mean over stages. */
  readonly sessionRate: number
  /** Mean impressions of a session. */
  readonly impressions: number
  readonly clickLogit: number
  readonly medianStayMs: number
  /** Of an order after a click. */
  readonly orderLogit: number
  /** What taste and quality count, against the mean over stages. */
  readonly tasteWeight: number
  readonly qualityWeight: number
}

type Level = Omit<StageBehaviour, 'tasteWeight' | 'qualityWeight'>

const BEHAVIOURS: readonly Level[] = [
  { sessionRate: 0.6, impressions: 6, clickLogit: -1.9, medianStayMs: 14_000, orderLogit: -4.8 },
  { sessionRate: 1, impressions: 9, clickLogit: -0.6, medianStayMs: 9000, orderLogit: -4.4 },
  { sessionRate: 1.3, impressions: 10, clickLogit: -0.3, medianStayMs: 38_000, orderLogit: -3.9 },
  { sessionRate: 1.5, impressions: 9, clickLogit: -0.2, medianStayMs: 42_000, orderLogit: -2.5 },
]

const meanRate = BEHAVIOURS.reduce((sum, { sessionRate }, stage) => sum + sessionRate * STATIONARY_STAGES[stage], 0)

/** Behaviour per stage; session rates have mean 1 over the stationary mix. */
export const STAGE_BEHAVIOUR: readonly StageBehaviour[] = BEHAVIOURS.map((behaviour) => ({
  ...behaviour,
  tasteWeight: 1,
  qualityWeight: 1,
  sessionRate: behaviour.sessionRate / meanRate,
}))

/** New users go by what everybody likes, later ones more and more by their own taste. */
const TASTE_WEIGHTS = [0.4, 0.7, 1.1, 1.3]
const QUALITY_WEIGHTS = [1.8, 1.4, 0.8, 0.4]

/** The same where the stage decides what appeals. */
export const STAGE_BEHAVIOUR_BY_APPEAL: readonly StageBehaviour[] = STAGE_BEHAVIOUR.map((behaviour, stage) => ({
  ...behaviour,
  tasteWeight: TASTE_WEIGHTS[stage],
  qualityWeight: QUALITY_WEIGHTS[stage],
}))

import { incompleteBeta } from '../statistics/incomplete-beta.ts'
import type { TaskPosterior } from '../user-state/posterior.ts'
import type { TrackerModel } from '../user-state/tracker-model.ts'

/**
 * Probability of each stage, in the order of STAGES: P(rate_k < m_k) = I_{m_k}(alpha_k, beta_k) multiplied along the
 * decision list (method.md section 2). `new` with certainty while a median is unknown or the evidence is too thin.
 */
export function stageProbabilities(posteriors: readonly TaskPosterior[], model: TrackerModel): number[] {
  const [click, stay, conversion] = model.stageTasks
  if (posteriors[click].evidenceWeight < model.settings.stages.minEvidence) return [1, 0, 0, 0]
  const lowClick = probabilityBelowMedian(posteriors[click], model.populations[click].median)
  const lowStay = probabilityBelowMedian(posteriors[stay], model.populations[stay].median)
  const lowConversion = probabilityBelowMedian(posteriors[conversion], model.populations[conversion].median)
  if (Number.isNaN(lowClick + lowStay + lowConversion)) return [1, 0, 0, 0]
  return (model.settings.stages.rules === 'paper' ? paperRules : talkRules)(lowClick, lowStay, lowConversion)
}

/** The paper's section 3: ctr < m -> new; else stay < m -> wander; else cvr < m -> stick; else loyal. */
function paperRules(lowClick: number, lowStay: number, lowConversion: number): number[] {
  const passedClick = 1 - lowClick
  const passedStay = passedClick * (1 - lowStay)
  return [
    Math.fround(lowClick),
    Math.fround(passedClick * lowStay),
    Math.fround(passedStay * lowConversion),
    Math.fround(passedStay * (1 - lowConversion)),
  ]
}

/**
 * The team's later talk: loyal converts, whatever the session's length; without conversion little time is new, and
 * with time the clicks part wander from stick.
 */
function talkRules(lowClick: number, lowStay: number, lowConversion: number): number[] {
  const stayed = lowConversion * (1 - lowStay)
  return [
    Math.fround(lowConversion * lowStay),
    Math.fround(stayed * lowClick),
    Math.fround(stayed * (1 - lowClick)),
    Math.fround(1 - lowConversion),
  ]
}

function probabilityBelowMedian(posterior: TaskPosterior, median: number): number {
  return Number.isNaN(median) ? Number.NaN : incompleteBeta(median, posterior.alpha, posterior.beta)
}

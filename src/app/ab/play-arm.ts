import TinyQueue from 'tinyqueue'
import { activeModel } from '../../core/active-model.ts'
import type { Interaction } from '../../core/contracts/interaction.ts'
import { mostProbable } from '../../core/lifecycle/stage-hysteresis.ts'
import { STAGES } from '../../core/contracts/stage.ts'
import { CHANNEL_KEY, FUSION_KEY, type PolicyDecision, StagePolicy } from '../../core/policy/stage-policy.ts'
import { CHANNELS, type Channel, policySettings } from '../../core/policy/policy-settings.ts'
import { type LiveFeatures, liveFeatures } from '../../core/ranking/live-features.ts'
import { posteriorWeights } from '../../core/ranking/posterior-weights.ts'
import { type RankedCandidate, rankCandidates, type RankingRequest } from '../../core/ranking/rank-candidates.ts'
import { DRAW_PURPOSE } from '../../core/simulator/draw-purpose.ts'
import { behaviourAt, personAt } from '../../core/simulator/inhabitant.ts'
import { drawUserFeatures } from '../../core/simulator/person.ts'
import { respond } from '../../core/simulator/respond.ts'
import { leaveFactor, satisfactionAfter } from '../../core/simulator/satisfaction.ts'
import { type Visit, visitsOfNextDay } from '../../core/simulator/visits-of-next-day.ts'
import { createWorld, DAY_MS, userIdOf, type World } from '../../core/simulator/world.ts'
import { KeyedRandom } from '../../core/statistics/keyed-random.ts'
import type { Config } from '../config/config-schema.ts'
import { rankerSettingsOf, trackerSettingsOf } from '../config/compile-config.ts'
import { fusionWeights } from '../config/ranking-config.ts'
import { type AbPlan, type OnDay, worldSeedOf } from './ab-plan.ts'
import { type Arm, learns } from './arms.ts'
import { CandidateSource, type PickedItem } from './candidate-source.ts'
import { MemoryTracker } from './memory-tracker.ts'
import { OnlineLearner } from './online-learner.ts'
import { shownEvents } from './shown-events.ts'
import { emptyTotals, type UserTotals } from './user-totals.ts'

const HOUR_MS = 3_600_000
const TAB = 'discover'

/** A visit with what it is to be offered. */
interface Offer {
  readonly visit: Visit
  readonly picked: readonly PickedItem[]
  readonly features: LiveFeatures
  readonly decision: PolicyDecision | null
}

/** Totals of the days before the test and of the test's own. */
export interface PlayedArm {
  readonly before: UserTotals
  readonly test: UserTotals
}

/**
 * One arm in one world, alone with its users (`isMine`): it ranks for them, and its tracker, ranker and policy learn from
 * them and nobody else.
 */
export class ArmPlay {
  private readonly plan: AbPlan
  private readonly arm: Arm
  private readonly world: World
  private readonly isMine: (user: number) => boolean
  private readonly tracker: MemoryTracker
  private readonly learner: OnlineLearner | null
  private readonly policy: StagePolicy
  private readonly source: CandidateSource
  private readonly events = new TinyQueue<{ readonly event: Interaction; readonly order: number }>(
    [],
    (a, b) => a.event.eventTime - b.event.eventTime || a.order - b.order,
  )
  private readonly eventCounts: Uint32Array
  private readonly satisfactions: Float64Array
  private readonly lastActiveDays: Int32Array
  private readonly before: UserTotals
  private readonly test: UserTotals
  private readonly random = new KeyedRandom()
  private order = 0

  constructor(plan: AbPlan, arm: Arm, worldIndex: number, isMine: (user: number) => boolean) {
    const { config, users, items } = plan
    const seed = worldSeedOf(plan, worldIndex)
    this.plan = plan
    this.arm = arm
    this.isMine = isMine
    this.world = createWorld({
      seed,
      userCount: users,
      itemCount: items,
      appeal: plan.appeal,
      arrivalDays: Math.max(1, Math.floor(((plan.warmupDays + plan.days) * 2) / 3)),
    })
    this.tracker = new MemoryTracker(activeModel(trackerSettingsOf(config), null))
    const tasks = config.tasks.map(({ name }) => name)
    this.learner = null
    if (learns(arm)) {
      const mode = arm.ranker as Config['ranker']['mode']
      const settings = rankerSettingsOf({
        ...config,
        seed: config.seed + 1000 * worldIndex + arm.seedOffset,
        ranker: { ...config.ranker, mode },
      })
      this.learner = new OnlineLearner(settings, config.ranker.bundleEvery)
    }
    this.policy = new StagePolicy(policySettings({ tasks, seed }))
    this.source = new CandidateSource(this.world.catalogue, seed)
    this.eventCounts = new Uint32Array(users)
    this.satisfactions = new Float64Array(users)
    this.lastActiveDays = new Int32Array(users).fill(-1)
    this.before = emptyTotals(users)
    this.test = emptyTotals(users)
  }

  /** Plays all days; `onDay` after each. */
  async play(onDay: OnDay): Promise<PlayedArm> {
    const { warmupDays, days, satisfaction } = this.plan
    try {
      for (let day = 0; day < warmupDays + days; day++) {
        this.source.beginDay(day)
        const factor = satisfaction ? (user: number) => leaveFactor(this.satisfactions[user]) : undefined
        const visits = visitsOfNextDay(this.world, this.plan.places, factor).filter(({ user }) => this.isMine(user))
        this.playDay(visits, day)
        await onDay()
      }
      return { before: this.before, test: this.test }
    } finally {
      this.learner?.dispose()
    }
  }

  /** Slot after slot: what happened before it is learned from, then its visits are ranked together. */
  private playDay(visits: readonly Visit[], day: number): void {
    const midnight = this.world.settings.startTimeMs + day * DAY_MS
    let from = 0
    for (let slot = midnight; slot < midnight + DAY_MS; slot += this.plan.slotMs) {
      this.learnUntil(slot)
      let to = from
      while (to < visits.length && visits[to].timeMs < slot + this.plan.slotMs) to++
      if (to > from) this.serve(visits.slice(from, to), day)
      from = to
    }
  }

  private learnUntil(timeMs: number): void {
    for (let next = this.events.peek(); next && next.event.eventTime < timeMs; next = this.events.peek()) {
      this.events.pop()
      this.tracker.send(next.event)
    }
    this.tracker.advance(timeMs)
    const examples = this.tracker.takeExamples()
    if (this.arm.policy !== 'none') for (const example of examples) this.policy.learn(example)
    const bundle = this.learner?.add(examples)
    if (bundle) this.tracker.model = activeModel(this.tracker.model.settings, bundle)
  }

  private serve(visits: readonly Visit[], day: number): void {
    const isWarmup = day < this.plan.warmupDays
    const offers = visits.map((visit) => this.offer(visit))
    const rankings =
      isWarmup || this.arm.ranker === 'random' ? offers.map((offer) => this.shuffled(offer)) : this.rank(offers)
    offers.forEach((offer, i) => this.show(offer, rankings[i], day))
  }

  private offer(visit: Visit): Offer {
    const { arm, plan, source, world } = this
    const { user, timeMs } = visit
    const userId = userIdOf(user)
    const state = this.tracker.userOf(userId)?.state ?? null
    const userFeatures = drawUserFeatures(world.settings.seed, user)
    const features = liveFeatures(userId, state, timeMs, userFeatures, this.tracker.model)
    if (arm.policy === 'none') {
      const picked = source.pool(user, timeMs, plan.candidates)
      return { visit, picked: picked.map((item) => ({ item, channel: 'exploration' })), features, decision: null }
    }
    const stage = STAGES[mostProbable(features.stageProbabilities)]
    const decision = arm.policy === 'fixed' ? null : this.policy.decide(userId, stage, plan.candidates, timeMs)
    const picked = source.byQuotas(user, timeMs, decision?.quotas ?? evenQuotas(plan.candidates))
    return { visit, picked, features, decision }
  }

  /** Candidates' places in an order of chance that is the same in every arm. */
  private shuffled({ visit, picked }: Offer): number[] {
    this.random.reset(this.world.settings.seed, visit.user, DRAW_PURPOSE.visit, 2 * visit.timeMs)
    const keys = picked.map(() => this.random.next())
    return keys.map((_, i) => i).sort((a, b) => keys[a] - keys[b])
  }

  /** Candidates' places, best first. */
  private rank(offers: readonly Offer[]): number[][] {
    if (this.arm.ranker === 'oracle') return offers.map((offer) => this.byTruth(offer))
    const requests = offers.map((offer) => this.requestOf(offer))
    const rankings = rankCandidates(requests, (examples) => this.learner!.ranker.predict(examples))
    return rankings.map((ranking: readonly RankedCandidate[]) => ranking.map(({ index }) => index))
  }

  private requestOf({ visit, picked, features, decision }: Offer): RankingRequest {
    const { world, arm, plan, tracker } = this
    const { user, timeMs } = visit
    const { ranking, tasks } = plan.config
    const stage = STAGES[mostProbable(features.stageProbabilities)]
    const names = tasks.map(({ name }) => name)
    const base = arm.policy === 'thompson' && decision ? decision.rankWeights : fusionWeights(ranking, stage, names)
    return {
      userId: userIdOf(user),
      candidates: picked.map(({ item }) => {
        return { itemId: world.catalogue.ids[item], itemFeatures: world.catalogue.features[item] }
      }),
      context: contextAt(timeMs),
      userFeatures: drawUserFeatures(world.settings.seed, user),
      timeMs,
      features,
      weights:
        arm.fusion === 'posterior'
          ? posteriorWeights(base, features.rates, tracker.model.populations, ranking.posteriorStrength)
          : base,
    }
  }

  /** By the true chance of a click and of an order, as the fused score weighs them: click, stay and order alike. */
  private byTruth({ visit, picked }: Offer): number[] {
    const ids = picked.map(({ item }) => this.world.catalogue.ids[item])
    const outcomes = ids.map((id) => respond(this.world, userIdOf(visit.user), [id], visit.timeMs)[0])
    const values = outcomes.map(({ clickProbability, orderProbability }) => clickProbability ** 3 * orderProbability)
    return values.map((_, i) => i).sort((a, b) => values[b] - values[a])
  }

  private show({ visit, picked, decision }: Offer, ranking: readonly number[], day: number): void {
    const { world, plan, arm } = this
    const { user, timeMs } = visit
    const shown = ranking.slice(0, Math.min(visit.places, plan.places)).map((index) => picked[index])
    const userId = userIdOf(user)
    const ids = shown.map(({ item }) => world.catalogue.ids[item])
    const outcomes = respond(world, userId, ids, timeMs)
    const events = shownEvents({
      userId,
      userFeatures: drawUserFeatures(world.settings.seed, user),
      timeMs,
      firstNumber: this.eventCounts[user],
      outcomes,
      itemFeaturesOf: (itemId) => world.catalogue.features[Number(itemId.slice(1))],
      contextOf: (place) => ({
        ...contextAt(timeMs),
        ...(arm.policy !== 'none' && { [CHANNEL_KEY]: shown[place].channel }),
        ...(arm.policy === 'thompson' && decision && { [FUSION_KEY]: decision.fusion }),
      }),
    })
    this.eventCounts[user] += events.length
    for (const event of events) this.events.push({ event, order: this.order++ })
    for (const { clicked, itemId } of outcomes) if (clicked) this.source.clicked(user, itemId)
    const clicked = outcomes.filter((outcome) => outcome.clicked).length
    this.satisfactions[user] = satisfactionAfter(
      this.satisfactions[user],
      { clicked, shown: outcomes.length },
      personAt(world, user, timeMs),
      behaviourAt(world, world.stages[user], timeMs),
    )
    this.count(user, day, outcomes)
  }

  private count(user: number, day: number, outcomes: ReturnType<typeof respond>): void {
    const { warmupDays, days } = this.plan
    const totals = day < warmupDays ? this.before : this.test
    totals.impressions[user] += outcomes.length
    for (const { clicked, stayMs, ordered } of outcomes) {
      if (clicked) totals.clicks[user]++
      totals.stayMs[user] += stayMs
      if (ordered) totals.orders[user]++
    }
    if (this.lastActiveDays[user] !== day) totals.activeDays[user]++
    this.lastActiveDays[user] = day
    if (day >= warmupDays + days - Math.ceil(days / 3)) totals.retained[user] = 1
  }
}

function contextAt(timeMs: number) {
  return { hour: String(Math.floor(timeMs / HOUR_MS) % 24), tab: TAB }
}

function evenQuotas(count: number): Record<Channel, number> {
  const even = CHANNELS.map((channel, c): [Channel, number] => {
    return [channel, Math.floor(count / CHANNELS.length) + (c < count % CHANNELS.length ? 1 : 0)]
  })
  return Object.fromEntries(even) as Record<Channel, number>
}

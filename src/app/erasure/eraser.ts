import type { UserId } from '../../core/contracts/ids.ts'
import type { LogUpkeep } from '../../io/log/log.ts'
import type { Pipeline } from '../pipeline.ts'
import { TOPICS } from '../topics.ts'
import type { World } from '../wire.ts'
import { type PendingErasure, PendingErasures } from './pending-erasures.ts'
import { type Ends, removeFromTopic } from './remove-from-log.ts'

/** The view of the published states, which must have read an erasure before the tombstones go. */
export interface ErasableView {
  /** Ends by `topic/partition`. */
  hasReached(ends: ReadonlyMap<string, number>): boolean
  purge(): Promise<void>
}

/** A batch of erasures, and where every topic ended when the tracker was done with them. */
interface Round {
  readonly erasures: readonly PendingErasure[]
  readonly ends: Ends
}

/** The log being rewritten. */
interface Job {
  readonly users: readonly UserId[]
  readonly done: Promise<void>
  isDone: boolean
}

/** Interactions last: a tombstone there is what tells of an erasure that is not finished. */
const ORDER = [...Object.values(TOPICS).filter((topic) => topic !== TOPICS.interactions), TOPICS.interactions]

/**
 * Finishes erasures on a log that lies on this machine. The tracker has deleted the user's state; what is left are records
 * of the past in every topic, timers, tombstones, and bytes of all of them in LevelDB's files. They go once tracker, rankers
 * and view have read the tombstones. A process that dies in the middle begins again at the next start.
 */
export class Eraser {
  private readonly world: World
  private readonly upkeep: LogUpkeep
  private readonly pipeline: Pipeline
  private readonly view: ErasableView | null
  private readonly pending: PendingErasures
  private round: Round | null = null
  private job: Job | null = null

  private constructor(
    world: World,
    upkeep: LogUpkeep,
    pipeline: Pipeline,
    view: ErasableView | null,
    pending: PendingErasures,
  ) {
    this.world = world
    this.upkeep = upkeep
    this.pipeline = pipeline
    this.view = view
    this.pending = pending
  }

  /** Null where the log does not lie on this machine, or this process tracks nothing. */
  static async open(world: World, pipeline: Pipeline, view: ErasableView | null): Promise<Eraser | null> {
    const { upkeep } = world.log
    if (!upkeep || pipeline.trackers.length === 0) return null
    const pending = await PendingErasures.open(world.log, await world.sideStore('erasures'))
    return new Eraser(world, upkeep, pipeline, view, pending)
  }

  /** Users whose erasure has begun and is not finished. */
  get waiting(): number {
    return this.pending.all.length
  }

  /**
   * Between two steps of the pipeline: begins to finish the erasures that everybody has read, and returns the users that are
   * gone for good since the last call. While the log is rewritten the pipeline goes on. None where a reader is behind:
   * `whyWaiting` says which.
   */
  async step(): Promise<readonly UserId[]> {
    if (this.job !== null) {
      if (!this.job.isDone) return []
      const { job } = this
      this.job = null
      await job.done
      return job.users
    }
    if (!(await this.pending.look())) return []
    if (this.round === null) {
      const erasures = this.pending.all
      if (erasures.length === 0 && !this.pending.unpurged) return []
      this.round = { erasures, ends: await this.endsOfTopics() }
    }
    if ((await this.whyWaiting()) !== null) return []
    const { erasures, ends } = this.round
    this.round = null
    // The ranker has written since, in answer to what it has read.
    const later = await this.endsOfTopics()
    const ofRanker = [TOPICS.predictions, TOPICS.checkpoints].map((topic) => `${topic}/0`)
    await this.begin({
      erasures,
      ends: new Map([...ends, ...ofRanker.map((name) => [name, later.get(name) ?? 0] as const)]),
    })
    return []
  }

  /** Finishes what can be finished now. Returns the users that are gone for good. */
  async settle(): Promise<readonly UserId[]> {
    const gone: UserId[] = [...(await this.step())]
    while (this.job !== null) {
      await this.job.done
      this.job.isDone = true
      gone.push(...(await this.step()))
    }
    return gone
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.job?.done.catch(() => {})
  }

  /** From here on interactions must stay. */
  keepFrom(partition: number): number {
    return this.pending.keepFrom(partition)
  }

  /** Which reader has not come to the tombstones; null where none is waited for. */
  async whyWaiting(): Promise<string | null> {
    const { ends } = this.round ?? { ends: new Map<string, number>() }
    const { trainer } = this.pipeline
    for (const [partition] of this.pipeline.trackers.entries()) {
      const end = ends.get(`${TOPICS.trainingExamples}/${partition}`) ?? 0
      const positions = new Map(await this.upkeep.positions(TOPICS.trainingExamples, partition))
      if (trainer && !positions.has(trainer.group)) positions.set(trainer.group, 0)
      for (const [group, position] of positions) {
        if (position < end) return `${group} has not read partition ${partition} of ${TOPICS.trainingExamples}`
      }
    }
    return this.view === null || this.view.hasReached(ends) ? null : 'the view of the API is behind'
  }

  private async begin(round: Round): Promise<void> {
    const { pipeline, pending, view } = this
    const users = new Set(round.erasures.map(({ userId }) => userId))
    await pending.begin()
    for (const tracker of pipeline.trackers) await tracker.forget(users)
    await view?.purge()
    const job: Job = { users: [...users], done: this.rewriteLog(round), isDone: false }
    const end = (): void => {
      job.isDone = true
    }
    job.done.then(end, end)
    this.job = job
  }

  private async rewriteLog({ erasures, ends }: Round): Promise<void> {
    const { world, upkeep, pending } = this
    await world.dropQuarantined?.()
    const work = { log: world.log, upkeep, codecs: world.codecs, erasures }
    for (const topic of ORDER) if (erasures.length > 0) await removeFromTopic(work, topic, ends)
    await upkeep.purge()
    await pending.finish(erasures)
  }

  private async endsOfTopics(): Promise<Ends> {
    const { log } = this.world
    const ends = new Map<string, number>()
    for (const { name, partitions } of log.topics()) {
      for (let partition = 0; partition < partitions; partition++) {
        ends.set(`${name}/${partition}`, await log.endOffset(name, partition))
      }
    }
    return ends
  }
}

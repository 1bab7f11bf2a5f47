import { rankerSettingsOf, trackerSettingsOf } from '../../config/compile-config.ts'
import type { Config } from '../../config/config-schema.ts'
import { buildTrackerModel, type TrackerModel } from '../../../core/user-state/tracker-model.ts'
import { LifecycleError } from '../../../core/contracts/lifecycle-error.ts'
import type { ModelBundle } from '../../../core/contracts/model-bundle.ts'
import { StopFlag } from '../../stop-flag.ts'
import type { World, WorldLogger } from '../../wire.ts'
import { followLog } from './follow-log.ts'
import { ModelView } from './model-view.ts'
import { ServingModel } from './serving-model.ts'

/** Weights are taken over at most so often: what is asked meanwhile waits a few milliseconds longer. */
const MODEL_EVERY_MS = 10_000

/** What the ranker publishes, and its serving copy, following their topics. */
export class ModelService {
  readonly view: ModelView
  readonly serving: ServingModel
  private readonly config: Config
  private readonly flag = new StopFlag()
  private lookedMs = -Infinity
  private compiled: { readonly bundle: ModelBundle | null; readonly model: TrackerModel } | null = null

  private constructor(config: Config, view: ModelView, serving: ServingModel) {
    this.config = config
    this.view = view
    this.serving = serving
  }

  static async open(config: Config, { log, codecs }: World): Promise<ModelService> {
    const tasks = config.tasks.map(({ name }) => name)
    const view = await ModelView.open(log, codecs, tasks)
    return new ModelService(config, view, new ServingModel(log, rankerSettingsOf(config)))
  }

  /** Settings with the newest bundle's population, as the tracker uses them. */
  trackerModel(): TrackerModel {
    const { bundle } = this.view
    if (this.compiled?.bundle === bundle) return this.compiled.model
    const model = buildTrackerModel(trackerSettingsOf(this.config), bundle)
    this.compiled = { bundle, model }
    return model
  }

  /** Follows until it is stopped. Rejects with a failure that does not pass. */
  run({ log }: World, logger: WorldLogger): Promise<void> {
    return followLog(log, this.flag, () => this.follow(logger), logger)
  }

  stop(): void {
    this.flag.stop()
  }

  dispose(): void {
    this.serving.dispose()
  }

  private async follow(logger: WorldLogger): Promise<boolean> {
    const nowMs = performance.now()
    if (nowMs - this.lookedMs >= MODEL_EVERY_MS) {
      this.lookedMs = nowMs
      await this.takeWeights(logger)
    }
    return this.view.follow()
  }

  /** A ranker of other settings is no reason to stop serving states. */
  private async takeWeights(logger: WorldLogger): Promise<void> {
    try {
      await this.serving.follow()
    } catch (error) {
      const isUnusable = error instanceof RangeError || (error instanceof LifecycleError && !error.retryable)
      if (!isUnusable) throw error
      logger.warn({ error: error.message }, 'ranking goes on with the model before; is the ranker configured alike?')
    }
  }
}

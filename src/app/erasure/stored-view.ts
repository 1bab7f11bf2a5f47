import type { Config } from '../config/config-schema.ts'
import { KeptViews } from '../serving/view/kept-views.ts'
import { PolicyView } from '../serving/view/policy-view.ts'
import { UserView } from '../serving/view/user-view.ts'
import { POLICY, VIEW } from '../serving/view/view-name.ts'
import type { World } from '../wire.ts'
import type { ErasableView } from './eraser.ts'

/** Views in a data folder whose API does not run: opened when they have to forget somebody, and brought up to date. */
export class StoredView implements ErasableView {
  private readonly config: Config
  private readonly world: World
  private readonly names: readonly string[]

  /** `names`: folders of the views that are there. */
  constructor(config: Config, world: World, names: readonly string[]) {
    this.config = config
    this.world = world
    this.names = names
  }

  hasReached(): boolean {
    return true
  }

  nextOffsets(): Promise<ReadonlyMap<string, number>> {
    return this.opened(async (views) => new KeptViews(...views).nextOffsets())
  }

  purge(): Promise<void> {
    return this.opened(async (views) => {
      for (const view of views) while (await view.follow());
      await new KeptViews(...views).purge()
    })
  }

  private async opened<T>(work: (views: readonly (UserView | PolicyView)[]) => Promise<T>): Promise<T> {
    const { log, codecs } = this.world
    const views: (UserView | PolicyView)[] = []
    try {
      if (this.names.includes(VIEW)) views.push(await UserView.open(log, codecs, await this.world.viewStore(VIEW)))
      if (this.names.includes(POLICY)) {
        views.push(await PolicyView.open(this.config, this.world, await this.world.viewStore(POLICY)))
      }
      return await work(views)
    } finally {
      for (const view of views) await view.close()
    }
  }
}

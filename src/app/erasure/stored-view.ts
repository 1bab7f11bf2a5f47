import { UserView } from '../serving/view/user-view.ts'
import { VIEW } from '../serving/view/view-name.ts'
import type { World } from '../wire.ts'
import type { ErasableView } from './eraser.ts'

/** The view in a data folder whose API does not run: opened when it has to forget somebody, and brought up to date. */
export class StoredView implements ErasableView {
  private readonly world: World

  constructor(world: World) {
    this.world = world
  }

  hasReached(): boolean {
    return true
  }

  nextOffsets(): Promise<ReadonlyMap<string, number>> {
    return this.opened(async (view) => view.nextOffsets())
  }

  purge(): Promise<void> {
    return this.opened(async (view) => {
      while (await view.follow());
      await view.purge()
    })
  }

  private async opened<T>(work: (view: UserView) => Promise<T>): Promise<T> {
    const { log, codecs } = this.world
    const view = await UserView.open(log, codecs, await this.world.viewStore(VIEW))
    try {
      return await work(view)
    } finally {
      await view.close()
    }
  }
}

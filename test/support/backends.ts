import { chooseBackend } from '../../src/app/tensor-backend.ts'
import { LifecycleError } from '../../src/core/contracts/lifecycle-error.ts'

/** The backends a model test runs on: WebAssembly, and native TensorFlow where it works. Says so when it leaves it out. */
export async function availableBackends(): Promise<('native' | 'wasm')[]> {
  try {
    await chooseBackend('native')
    return ['native', 'wasm']
  } catch (error) {
    // Where native TensorFlow was installed on purpose, leaving it out would hide that it broke.
    if (!(error instanceof LifecycleError) || process.env.STAN_REQUIRE_NATIVE === '1') throw error
    console.warn(`Not tested on native TensorFlow. ${error.message}`)
    return ['wasm']
  }
}

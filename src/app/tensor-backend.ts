import * as tf from '@tensorflow/tfjs-core'
import { createRequire } from 'node:module'
import path from 'node:path'
import util from 'node:util'
import { LifecycleError } from '../core/contracts/lifecycle-error.ts'

/** What computes the ranker's tensors, fastest first. */
export const BACKEND_NAMES = ['native', 'wasm', 'plain'] as const
export type BackendName = (typeof BACKEND_NAMES)[number]
export type BackendPreference = 'auto' | BackendName

const LABELS = { native: 'native TensorFlow', wasm: 'WebAssembly', plain: 'plain JavaScript' } as const
const TFJS_NAMES = { native: 'tensorflow', wasm: 'wasm', plain: 'cpu' } as const
const HINT = '`npm run tensorflow:native` installs it'

const CRASH_EVENTS = ['uncaughtException', 'unhandledRejection'] as const

const require = createRequire(import.meta.url)

/**
 * Starts a backend of TensorFlow.js and makes it the current one: `auto` takes the first that computes a small product
 * rightly, a name takes that backend or throws LifecycleError `no-backend`. The note is one line for the log.
 * `loadNative` is a parameter for the tests alone.
 */
export async function chooseBackend(
  preference: BackendPreference,
  loadNative: () => unknown = () => require('@tensorflow/tfjs-node'),
): Promise<{ name: BackendName; note: string }> {
  tf.enableProdMode() // touches nothing but TensorFlow.js's messages on the console
  const failures: string[] = []
  let cause: unknown
  for (const name of preference === 'auto' ? BACKEND_NAMES : [preference]) {
    try {
      await loadBackend(name, loadNative)
      await keepingCrashHandlers(() => tf.setBackend(TFJS_NAMES[name]))
      checkProduct(name)
      return { name, note: [LABELS[name], ...failures].join('; ') }
    } catch (error) {
      cause = error
      failures.push(`${LABELS[name]} does not work: ${reasonOf(error)}${name === 'native' ? ` (${HINT})` : ''}`)
    }
  }
  throw new LifecycleError('no-backend', `Cannot compute tensors: ${failures.join('; ')}`, { cause })
}

async function loadBackend(name: BackendName, loadNative: () => unknown): Promise<void> {
  switch (name) {
    case 'native':
      process.env.TF_CPP_MIN_LOG_LEVEL ??= '2' // errors only; read once, when the library loads
      restoreUtil()
      loadNative()
      return
    case 'wasm':
      await loadWasm()
      return
    case 'plain':
      await import('@tensorflow/tfjs-backend-cpu')
  }
}

/** tfjs-node calls two functions that Node dropped in version 23: without them it loads, and each operation throws. */
function restoreUtil(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  })
}

let wasmLoaded = false

/** One thread: under Node the backend has no others. Its file is read from the disk, beside the package's own code. */
async function loadWasm(): Promise<void> {
  const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm')
  if (wasmLoaded) return
  setWasmPaths(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + path.sep)
  setThreadsCount(1)
  wasmLoaded = true
}

/**
 * The WebAssembly module's own handlers rethrow what nobody caught, which prints its source, one line of 100 kB, and
 * ends with code 7: they go again.
 */
async function keepingCrashHandlers(start: () => Promise<unknown>): Promise<void> {
  const before = CRASH_EVENTS.map((event) => process.rawListeners(event))
  await start()
  for (const [i, event] of CRASH_EVENTS.entries())
    for (const listener of process.rawListeners(event))
      if (!before[i].includes(listener)) process.off(event, listener as () => void)
}

/** Loading proves nothing: a backend can load and then throw on, or be replaced silently for, every operation. */
function checkProduct(name: BackendName): void {
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([5, 6, 7, 8], [2, 2])).dataSync(),
  )
  if (tf.getBackend() !== TFJS_NAMES[name]) throw new Error(`TensorFlow.js uses ${tf.getBackend()} in its place`)
  if (product.join() !== '19,22,43,50') throw new Error(`a product that is 19,22,43,50 came out as ${product.join()}`)
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND')
    return error.message.split('\n')[0].replace('Cannot find module', 'there is no package')
  return String(error instanceof Error ? error.message : error)
    .split('\n')[0]
    .replace(/[.\s]+$/, '')
}

/** Bytes of the tensors in memory. A process that trains and ranks nothing has chosen no backend, and has none. */
export function tensorBytes(): number {
  return Object.keys(tf.engine().registryFactory).length > 0 ? tf.memory().numBytes : 0
}

/** Tensors in memory: constant while a ranker trains, growing where one is forgotten. */
export function tensorCount(): number {
  return tf.memory().numTensors
}

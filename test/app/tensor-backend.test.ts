import * as tf from '@tensorflow/tfjs-core'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { chooseBackend } from '../../src/app/tensor-backend.ts'
import { availableBackends } from '../support/backends.ts'

const crashHandlers = () =>
  (['uncaughtException', 'unhandledRejection'] as const).map((event) => process.rawListeners(event))
const handlersBefore = crashHandlers()

const loadAbsent = () => createRequire(import.meta.url)('@tensorflow/absent')
const loadBroken = () => {
  throw new Error('The binding cannot be opened.\nMore lines follow.')
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe.each([...(await availableBackends()), 'plain' as const])('backend %s', (name) => {
  test('multiplies rightly, fetches nothing and prints nothing', async () => {
    const fetch = vi.fn<() => never>()
    vi.stubGlobal('fetch', fetch)
    const printed = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'))
    const warned = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level))

    expect((await chooseBackend(name)).name).toBe(name)
    const product = tf.matMul(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), tf.tensor2d([1, -1, 0.5, 2, 0, 3], [3, 2]))

    expect([...product.dataSync()]).toEqual([2, 12, 6.5, 24])
    for (const spy of [fetch, ...printed, ...warned]) expect(spy).not.toHaveBeenCalled()
    product.dispose()
  })

  test('leaves the process its handlers of uncaught failures', async () => {
    await chooseBackend(name)
    expect(crashHandlers()).toEqual(handlersBefore)
  })

  test('leaves no tensor behind when it is chosen again', async () => {
    await chooseBackend(name)
    const before = tf.memory().numTensors
    await chooseBackend(name)
    expect(tf.memory().numTensors).toBe(before)
  })
})

test('auto takes WebAssembly and notes why when the native package is absent', async () => {
  expect(await chooseBackend('auto', loadAbsent)).toEqual({
    name: 'wasm',
    note: "WebAssembly; native TensorFlow does not work: there is no package '@tensorflow/absent' (`npm run tensorflow:native` installs it)",
  })
  expect(tf.getBackend()).toBe('wasm')
})

test('auto notes the first line of the reason when the native package does not load', async () => {
  const { name, note } = await chooseBackend('auto', loadBroken)
  expect(name).toBe('wasm')
  expect(note).toContain('native TensorFlow does not work: The binding cannot be opened (')
})

test('native is refused in one sentence when its package is absent', async () => {
  await expect(chooseBackend('native', loadAbsent)).rejects.toMatchObject({
    name: 'LifecycleError',
    code: 'no-backend',
    message:
      "Cannot compute tensors: native TensorFlow does not work: there is no package '@tensorflow/absent' (`npm run tensorflow:native` installs it)",
  })
})

describe('a backend that loads is refused', () => {
  const multiply = { kernelName: 'BatchMatMul', backendName: 'cpu' }
  let original: tf.KernelConfig

  beforeEach(async () => {
    await chooseBackend('plain')
    const { kernelFunc } = tf.getKernel(multiply.kernelName, multiply.backendName)
    original = { ...multiply, kernelFunc }
    tf.unregisterKernel(multiply.kernelName, multiply.backendName)
  })

  afterEach(() => {
    tf.unregisterKernel(multiply.kernelName, multiply.backendName)
    tf.registerKernel(original)
  })

  test('when its product is wrong', async () => {
    tf.registerKernel({
      ...multiply,
      kernelFunc: (call) => original.kernelFunc({ ...call, attrs: { transposeA: true, transposeB: false } }),
    })
    await expect(chooseBackend('plain')).rejects.toThrow(
      'Cannot compute tensors: plain JavaScript does not work: a product that is 19,22,43,50 came out as 26,30,38,44',
    )
  })

  test('when it throws on every operation', async () => {
    tf.registerKernel({
      ...multiply,
      kernelFunc: () => {
        throw new TypeError('util_1.isArray is not a function')
      },
    })
    await expect(chooseBackend('plain')).rejects.toMatchObject({
      code: 'no-backend',
      message: 'Cannot compute tensors: plain JavaScript does not work: util_1.isArray is not a function',
    })
  })
})

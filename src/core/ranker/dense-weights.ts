import * as tf from '@tensorflow/tfjs-core'
import { hashString } from '../statistics/hash-string.ts'
import { createSeededRandom } from '../statistics/seeded-random.ts'
import { adamStep, type AdamSettings } from './adam.ts'

/** One matrix, or vector, of the model. */
export interface WeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  /** `glorot`: uniform in +-sqrt(6 / (in + out)), out being `fanOut` where several matrices are fused into one. */
  readonly init: 'glorot' | 'zeros'
  readonly fanOut?: number
}

/** The matrices as tensors, by name. */
export type Weights = Readonly<Record<string, tf.Tensor>>

/** Share of the warm-up: the average of the first steps is a plain mean, and not full of the initial weights. */
const warmUp = (step: number): number => (1 + step) / (10 + step)

/**
 * All dense weights in one flat array with their Adam moments beside it. The backend holds copies, replaced after
 * each step: the array is what is trained, saved and compared, the same on every backend.
 *
 * `serving` is an exponential moving average over the steps (Polyak and Juditsky 1992; the warm-up is that of
 * TensorFlow's ExponentialMovingAverage): what predicts, while `values` is what is trained. On an endless stream it does
 * what a falling learning rate would do, and forgets.
 */
export class DenseWeights {
  readonly values: Float32Array
  /** The averaged weights; `values` itself where `servingDecay` is 0. */
  readonly serving: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  /** Gradient of the step under way, laid out like `values`. */
  readonly gradient: Float32Array
  readonly #specs: readonly WeightSpec[]
  readonly #offsets = new Map<string, number>()
  readonly #servingDecay: number
  readonly #onBackend = new Map<Float32Array, Record<string, tf.Tensor>>()

  constructor(specs: readonly WeightSpec[], seed: number, servingDecay = 0) {
    this.#specs = specs
    this.#servingDecay = servingDecay
    let size = 0
    for (const { name, shape } of specs) {
      this.#offsets.set(name, size)
      size += tf.util.sizeFromShape([...shape])
    }
    this.values = new Float32Array(size)
    this.firstMoments = new Float32Array(size)
    this.secondMoments = new Float32Array(size)
    this.gradient = new Float32Array(size)
    for (const spec of specs) initialise(this.view(spec.name), spec, seed)
    this.serving = servingDecay > 0 ? this.values.slice() : this.values
  }

  /** Whether the weights that serve are others than those that are trained. */
  get averages(): boolean {
    return this.serving !== this.values
  }

  get names(): string[] {
    return this.#specs.map((spec) => spec.name)
  }

  /** The part of `values` (or of an array laid out like it) that belongs to one matrix; shares its memory. */
  view(name: string, of: Float32Array = this.values): Float32Array {
    const spec = this.#specs.find((candidate) => candidate.name === name)
    if (!spec) throw new RangeError(`Cannot find weights '${name}': the model has ${this.names.join(', ')}`)
    const from = this.#offsets.get(name)!
    return of.subarray(from, from + tf.util.sizeFromShape([...spec.shape]))
  }

  /** The weights that are trained, on the backend; owned by this object, valid until the next change. */
  tensors(): Weights {
    return this.#tensorsOf(this.values)
  }

  /** The weights that serve, likewise. */
  servingTensors(): Weights {
    return this.#tensorsOf(this.serving)
  }

  /** One Adam step along `gradient`; `step` counts from 1. */
  update(adam: AdamSettings, step: number): void {
    const { values, serving } = this
    adamStep(values, this.gradient, this.firstMoments, this.secondMoments, adam, step)
    if (this.averages) {
      const share = 1 - Math.min(this.#servingDecay, warmUp(step))
      for (let i = 0; i < values.length; i++) serving[i] += share * (values[i] - serving[i])
    }
    this.release()
  }

  /** Gives the backend copies back; needed after `values` or `serving` was written to, and at the end. */
  release(): void {
    for (const tensors of this.#onBackend.values()) for (const tensor of Object.values(tensors)) tensor.dispose()
    this.#onBackend.clear()
  }

  #tensorsOf(values: Float32Array): Weights {
    const held = this.#onBackend.get(values)
    if (held) return held
    const tensors: Record<string, tf.Tensor> = {}
    for (const { name, shape } of this.#specs) {
      // A copy: the plain backend would keep the view itself and see it change.
      tensors[name] = tf.keep(tf.tensor(this.view(name, values).slice(), [...shape]))
    }
    this.#onBackend.set(values, tensors)
    return tensors
  }
}

function initialise(values: Float32Array, spec: WeightSpec, seed: number): void {
  if (spec.init === 'zeros') return
  const random = createSeededRandom(hashString(spec.name, seed) | 0)
  const limit = Math.sqrt(6 / (spec.shape[0] + (spec.fanOut ?? spec.shape[1])))
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * limit
}

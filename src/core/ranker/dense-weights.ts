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

/**
 * All dense weights in one flat array with their Adam moments beside it. The backend holds copies, replaced after
 * each step: the array is what is trained, saved and compared, the same on every backend.
 */
export class DenseWeights {
  readonly values: Float32Array
  readonly firstMoments: Float32Array
  readonly secondMoments: Float32Array
  /** Gradient of the step under way, laid out like `values`. */
  readonly gradient: Float32Array
  readonly #specs: readonly WeightSpec[]
  readonly #offsets = new Map<string, number>()
  #tensors: Record<string, tf.Tensor> | null = null

  constructor(specs: readonly WeightSpec[], seed: number) {
    this.#specs = specs
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

  /** The weights on the backend; owned by this object, valid until the next change. */
  tensors(): Weights {
    if (this.#tensors) return this.#tensors
    const tensors: Record<string, tf.Tensor> = {}
    for (const { name, shape } of this.#specs) {
      // A copy: the plain backend would keep the view itself and see it change.
      tensors[name] = tf.keep(tf.tensor(this.view(name).slice(), [...shape]))
    }
    this.#tensors = tensors
    return tensors
  }

  /** One Adam step along `gradient`; `step` counts from 1. */
  update(adam: AdamSettings, step: number): void {
    adamStep(this.values, this.gradient, this.firstMoments, this.secondMoments, adam, step)
    this.release()
  }

  /** Gives the backend copies back; needed after `values` was written to, and at the end. */
  release(): void {
    if (this.#tensors) for (const tensor of Object.values(this.#tensors)) tensor.dispose()
    this.#tensors = null
  }
}

function initialise(values: Float32Array, spec: WeightSpec, seed: number): void {
  if (spec.init === 'zeros') return
  const random = createSeededRandom(hashString(spec.name, seed) | 0)
  const limit = Math.sqrt(6 / (spec.shape[0] + (spec.fanOut ?? spec.shape[1])))
  for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * limit
}

import * as tf from '@tensorflow/tfjs-core'

/**
 * Gradients of the kernels the models use. tfjs-core defines them but registers none of them under Node (only the
 * umbrella package does), and the file that would cannot be imported as an ES module. Definitions as in tfjs-core.
 */
const GRADIENTS: readonly tf.GradConfig[] = [
  {
    kernelName: 'Add',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumTo(dy as tf.Tensor, a.shape),
      b: () => sumTo(dy as tf.Tensor, b.shape),
    }),
  },
  {
    kernelName: 'Sub',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumTo(dy as tf.Tensor, a.shape),
      b: () => tf.neg(sumTo(dy as tf.Tensor, b.shape)),
    }),
  },
  {
    kernelName: 'Multiply',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => ({
      a: () => sumTo(tf.mul(dy as tf.Tensor, b), a.shape),
      b: () => sumTo(tf.mul(dy as tf.Tensor, a), b.shape),
    }),
  },
  {
    kernelName: 'Sum',
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => ({
      x: () => {
        const shape = [...x.shape]
        for (const axis of tf.util.parseAxisParam((attrs as { axis: number | number[] }).axis, shape)) shape[axis] = 1
        return tf.mul(tf.reshape(dy as tf.Tensor, shape), tf.onesLike(x))
      },
    }),
  },
  {
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attrs) => {
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean }
      if (transposeA || transposeB)
        throw new Error('Cannot differentiate matMul: its operands are marked as transposed')
      return {
        a: () => tf.matMul(dy as tf.Tensor, b, false, true),
        b: () => tf.matMul(a, dy as tf.Tensor, true, false),
      }
    },
  },
  {
    kernelName: 'Reshape',
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => tf.reshape(dy as tf.Tensor, x.shape) }),
  },
  {
    kernelName: 'Transpose',
    gradFunc: (dy, _, attrs) => ({
      x: () => {
        const order = (attrs as { perm: number[] }).perm
        const back = order.map((_, axis) => order.indexOf(axis))
        return tf.transpose(dy as tf.Tensor, back)
      },
    }),
  },
  {
    kernelName: 'Concat',
    saveAllInputs: true,
    gradFunc: (dy, inputs, attrs) => {
      const axis = tf.util.parseAxisParam((attrs as { axis: number }).axis, inputs[0].shape)[0]
      const parts = tf.split(
        dy as tf.Tensor,
        inputs.map((input) => input.shape[axis]),
        axis,
      )
      return parts.map((part) => () => part) as unknown as ReturnType<tf.GradFunc>
    },
  },
  {
    kernelName: 'SplitV',
    // A split into one part hands its gradient over as it is, not in a list.
    gradFunc: (dy, _, attrs) => ({ x: () => tf.concat([dy].flat(), (attrs as { axis: number }).axis) }),
  },
  {
    kernelName: 'Relu',
    outputsToSave: [true],
    // sign of the output is 0 or 1; `step` of the input takes four kernels on the native backend.
    gradFunc: (dy, [y]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.sign(y)) }),
  },
  {
    kernelName: 'Sigmoid',
    outputsToSave: [true],
    gradFunc: (dy, [y]) => ({ x: () => tf.mul(dy as tf.Tensor, tf.mul(y, tf.sub(1, y))) }),
  },
  {
    kernelName: 'Softmax',
    outputsToSave: [true],
    gradFunc: (dy, [y], attrs) => ({
      logits: () => {
        const weighted = tf.mul(dy as tf.Tensor, y)
        const total = tf.sum(weighted, (attrs as { dim: number }).dim, true)
        return tf.sub(weighted, tf.mul(total, y))
      },
    }),
  },
]

/** Makes the models differentiable. Replaces what the umbrella package registers, should it be loaded. */
export function registerGradients(): void {
  for (const gradient of GRADIENTS) tf.registerGradient(gradient)
}

/** Sums the axes away over which an operand of this shape was broadcast. */
function sumTo(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const extra = gradient.rank - shape.length
  const axes = gradient.shape.flatMap((size, axis) =>
    axis < extra || (shape[axis - extra] === 1 && size !== 1) ? [axis] : [],
  )
  return tf.reshape(axes.length === 0 ? gradient : tf.sum(gradient, axes), [...shape])
}

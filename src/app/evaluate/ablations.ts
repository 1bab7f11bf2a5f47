import type { Variant } from './variant.ts'

function row(name: string, mode: Variant['mode'], note: string, ...overrides: [string, string][]): Variant {
  return { name, mode, note, overrides }
}

const STATELESS: [string, string] = ['stateFeatures', 'false']
const INVERSE: [string, string] = ['taskWeights', 'inverse-entropy']
const AVERAGED: [string, string] = ['servingDecay', '0.98']

const UNCROSSED: [string, string] = ['crosses', '[]']
const EQUAL: [string, string] = ['taskWeights', 'equal']
const GAMMA: [string, string] = ['gammaBound', '4']
const TRAINED: [string, string] = ['servingDecay', '0']

/**
 * Where a gain comes from. The first rows give PLE, one by one and then together, every ingredient that is not the
 * paper's and not ours alone; the others take the gated mode apart. Crosses are those of the configuration, if any.
 */
export const ABLATIONS: readonly Variant[] = [
  row('ple, no state', 'ple', 'PLE that does not read the state', STATELESS, EQUAL, TRAINED, UNCROSSED),
  row('ple, plain', 'ple', 'PLE with state, nothing else', EQUAL, TRAINED, UNCROSSED),
  row('ple + task weights', 'ple', 'plus inverse-entropy task weights', INVERSE, TRAINED, UNCROSSED),
  row('ple + averaging', 'ple', 'plus averaged weights for serving', EQUAL, AVERAGED, UNCROSSED),
  row('ple + crosses', 'ple', 'plus crosses of fields', EQUAL, TRAINED),
  row('ple + both', 'ple', 'plus task weights and averaging', INVERSE, AVERAGED, UNCROSSED),
  row('ple + all', 'ple', 'plus all three: PLE with every ingredient that is not ours', INVERSE, AVERAGED),
  row('single + all', 'single', 'no sharing between the tasks, same ingredients', INVERSE, AVERAGED),
  row('gated, no state fields', 'stan-gated', 'the gates alone read the state', STATELESS, INVERSE, AVERAGED),
  row('gated, plain', 'stan-gated', 'gates and a normalised gamma, nothing else', EQUAL, TRAINED, UNCROSSED, GAMMA),
  row('gated + task weights', 'stan-gated', 'gates and task weights', INVERSE, TRAINED, UNCROSSED, GAMMA),
  row('gated + averaging', 'stan-gated', 'gates and averaging', EQUAL, AVERAGED, UNCROSSED, GAMMA),
  row('gated + both', 'stan-gated', 'gates, task weights and averaging', INVERSE, AVERAGED, UNCROSSED, GAMMA),
  row('gated + all', 'stan-gated', 'gates, task weights, averaging and crosses', INVERSE, AVERAGED, GAMMA),
  row('gated + all, narrow gamma', 'stan-gated', 'gamma within 1 / 1.4 and 1.4', INVERSE, AVERAGED, [
    'gammaBound',
    '1.4',
  ]),
  row('gated + all, no gamma', 'stan-gated', 'gates alone, every example weighs the same', INVERSE, AVERAGED, [
    'gammaBound',
    '1',
  ]),
]

import type { Variant } from './variant.ts'

function row(name: string, mode: Variant['mode'], note: string, ...overrides: [string, string][]): Variant {
  return { name, mode, note, overrides }
}

const STATELESS: [string, string] = ['stateFeatures', 'false']
const INVERSE: [string, string] = ['taskWeights', 'inverse-entropy']
const AVERAGED: [string, string] = ['servingDecay', '0.98']

/**
 * Where a gain comes from. The first rows give PLE, one by one and then together, every ingredient that is not the
 * paper's and not ours alone; the others take the gated mode apart.
 */
export const ABLATIONS: readonly Variant[] = [
  row(
    'ple, no state',
    'ple',
    'PLE that does not read the state',
    STATELESS,
    ['taskWeights', 'equal'],
    ['servingDecay', '0'],
  ),
  row('ple, plain', 'ple', 'PLE with state, nothing else', ['taskWeights', 'equal'], ['servingDecay', '0']),
  row('ple + task weights', 'ple', 'plus inverse-entropy task weights', INVERSE, ['servingDecay', '0']),
  row('ple + averaging', 'ple', 'plus averaged weights for serving', ['taskWeights', 'equal'], AVERAGED),
  row('ple + both', 'ple', 'plus both: PLE with every ingredient that is not ours', INVERSE, AVERAGED),
  row('single + both', 'single', 'no sharing between the tasks, same ingredients', INVERSE, AVERAGED),
  row('gated, no state fields', 'stan-gated', 'the gates alone read the state', STATELESS, INVERSE, AVERAGED),
  row(
    'gated, plain',
    'stan-gated',
    'gates without task weights and averaging',
    ['taskWeights', 'equal'],
    ['servingDecay', '0'],
  ),
  row('gated + task weights', 'stan-gated', 'gates and task weights', INVERSE, ['servingDecay', '0']),
  row('gated + averaging', 'stan-gated', 'gates and averaging', ['taskWeights', 'equal'], AVERAGED),
  row('gated + both', 'stan-gated', 'gates, task weights and averaging', INVERSE, AVERAGED),
  row('gated + both, narrow gamma', 'stan-gated', 'gamma within 1 / 1.4 and 1.4', INVERSE, AVERAGED, [
    'gammaBound',
    '1.4',
  ]),
  row('gated + both, no gamma', 'stan-gated', 'gates alone, every example weighs the same', INVERSE, AVERAGED, [
    'gammaBound',
    '1',
  ]),
]

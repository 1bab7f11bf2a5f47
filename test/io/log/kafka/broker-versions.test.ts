import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import {
  type BrokerVersions,
  type RequestVersions,
  RUN_REQUESTS,
  TOPIC_REQUESTS,
  unsupportedRequests,
} from '../../../../src/io/log/kafka/broker-versions.ts'

interface Definition {
  readonly versions: readonly (string | number)[]
}

const load = createRequire(import.meta.url)
const apiKeys = load('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>
const { requests } = load('kafkajs/src/protocol/requests') as { requests: Record<string, Definition> }

/** kafkajs kept an old name. */
const nameIn = (name: string) => (name === 'FindCoordinator' ? 'GroupCoordinator' : name)

/** Made here, in one version, over kafkajs' connections. */
const OWN = new Set(['Produce', 'Fetch'])
const ofKafkajs = [...RUN_REQUESTS, ...TOPIC_REQUESTS].filter(({ name }) => !OWN.has(name))

test.each([
  ['Produce', 7],
  ['Fetch', 11],
])('our own %s has version %i alone', (name, version) => {
  const { apiKey, oldest, newest } = RUN_REQUESTS.find((request) => request.name === name)!
  expect({ apiKey, oldest, newest }).toEqual({ apiKey: apiKeys[name], oldest: version, newest: version })
})

test.each(ofKafkajs)('kafkajs sends $name in the versions of the table', (request) => {
  const versions = requests[nameIn(request.name)].versions.map(Number)
  expect({
    apiKey: apiKeys[nameIn(request.name)],
    oldest: Math.min(...versions),
    newest: Math.max(...versions),
  }).toEqual({ apiKey: request.apiKey, oldest: request.oldest, newest: request.newest })
})

describe('client and broker', () => {
  const needed: RequestVersions[] = [{ apiKey: 1, name: 'Fetch', oldest: 2, newest: 11 }]
  const offered = (oldest: number, newest: number): BrokerVersions => new Map([[1, { oldest, newest }]])

  test.each([
    [2, 11],
    [0, 2],
    [11, 18],
    [4, 4],
  ])('with versions 2 to 11 and %i to %i go together', (oldest, newest) => {
    expect(unsupportedRequests(needed, offered(oldest, newest))).toEqual([])
  })

  test.each([
    [12, 18, 'Fetch (the client sends versions 2 to 11, the broker takes 12 to 18)'],
    [0, 1, 'Fetch (the client sends versions 2 to 11, the broker takes 0 to 1)'],
  ])('with versions 2 to 11 and %i to %i do not', (oldest, newest, phrase) => {
    expect(unsupportedRequests(needed, offered(oldest, newest))).toEqual([phrase])
  })

  test('do not go together when the broker lacks a request', () => {
    expect(unsupportedRequests(needed, new Map())).toEqual([
      'Fetch (the client sends versions 2 to 11, the broker takes none)',
    ])
  })
})

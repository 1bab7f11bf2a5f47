import { expect, it } from 'vitest'
import { openUserStateRegistry } from '../../src/client/open-user-state-registry.ts'
import { createRecordCodecs } from '../../src/io/schemas/record-codecs.ts'
import { USER_STATE_MAPPING } from '../../src/io/schemas/mappings/user-state-mapping.ts'
import { createRecordCodec } from '../../src/io/schemas/record-codec.ts'
import { openRegistry } from '../../src/io/schemas/registry/open-registry.ts'
import { RegistryServer } from '../support/registry-server.ts'
import { QUICK_BACKOFF, REGISTRY_TOPICS, registrySettings } from '../support/registry-topics.ts'
import { SAMPLE_RECORDS } from '../support/sample-records.ts'

it('a client reads states that were written with the ids of a registry, and registers nothing', async () => {
  const server = await RegistryServer.start()
  const topics = { ...REGISTRY_TOPICS, 'user-state': 'shop.states' }
  const written = await openRegistry(registrySettings(server.url), { topics, backoff: QUICK_BACKOFF })
  const bytes = createRecordCodecs(written).userState.encode(SAMPLE_RECORDS.userState)
  const registrations = () =>
    server.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/versions')).length
  const before = registrations()
  expect(before).toBeGreaterThan(0)

  const read = createRecordCodec(USER_STATE_MAPPING, await openUserStateRegistry({ url: server.url }, 'shop.states'))
  await read.prepare([bytes])
  expect(read.decode(bytes)).toEqual({ kind: 'record', record: SAMPLE_RECORDS.userState })
  expect(registrations()).toBe(before)
  await expect(openUserStateRegistry({ url: 'registry' }, 'shop.states')).rejects.toThrow(RangeError)
})

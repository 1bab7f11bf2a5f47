/** A test of your own rules: node --import tsx --test came-back.test.ts */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openTestDriver } from 'stan-lifecycle/testing'

const DAY_MS = 86_400_000

test('a user who was silent for a week is dormant, and has returned with the next visit', async () => {
  const driver = await openTestDriver({ settings: { activity: { defaultDormantDays: 7 } } })

  await driver.send({ userId: 'ann', itemId: 'shoes' })
  await driver.send({ userId: 'ann', type: 'click' })
  assert.equal(driver.stateOf('ann')?.dormant, false)

  // The attribution window closes on the way: the impression becomes a training example with its click.
  await driver.advanceBy(8 * DAY_MS)
  assert.equal(driver.examples('ann')[0].tasks.find(({ task }) => task === 'ctr')?.label, 1)
  assert.equal(driver.stateOf('ann')?.dormant, true)
  assert.deepEqual(
    driver.transitions('ann').map(({ reason }) => reason),
    ['dormant'],
  )

  // The process dies and its store is lost; the changelog brings everything back.
  await driver.restart({ loseStore: true })

  await driver.send({ userId: 'ann', itemId: 'socks' })
  assert.equal(driver.stateOf('ann')?.returned, true)

  await driver.erase('ann')
  assert.equal(driver.stateOf('ann'), null)
  await driver.close()
})

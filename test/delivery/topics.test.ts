import t from 'tap'
import { createTopics } from '../../src/delivery/topics.js'

t.test('every topic lies below the base and the agent', async (t) => {
  const topics = createTopics('plant/line-2', 'box-1', ['docks'])
  t.equal(topics.base, 'plant/line-2/box-1')
  t.equal(topics.state, 'plant/line-2/box-1/state')
  t.equal(topics.event, 'plant/line-2/box-1/event')
  t.strictSame(topics.incoming, [
    'plant/line-2/box-1/request/+',
    'plant/line-2/box-1/request/model/+',
    'plant/line-2/box-1/model/+/desired',
    'plant/line-2/_group/docks/model/+/desired',
  ])
  t.equal(topics.result('demo-1'), 'plant/line-2/box-1/instrument/demo-1/result')
  t.equal(topics.last('demo-1'), 'plant/line-2/box-1/instrument/demo-1/last')
  t.equal(topics.response('measure'), 'plant/line-2/box-1/response/measure')
  t.equal(topics.below('instrument/demo-1/state'), 'plant/line-2/box-1/instrument/demo-1/state')
})

t.test('an id with anything else than lower-case letters, digits and hyphens never gets into a topic', async (t) => {
  for (const id of ['', 'A', 'a b', 'a+', '#', 'a/b', 'ä', 'x'.repeat(65)]) {
    t.throws(() => createTopics('base', id), { code: 'INVARIANT' }, JSON.stringify(id))
    t.throws(() => createTopics('base', 'box').below(`instrument/${id}//state`), { code: 'INVARIANT' })
  }
  t.equal(createTopics('base', 'x'.repeat(64)).base.length, 69)
})

t.test('the verb of a request is what stands below request/, with at most one slash in it', async (t) => {
  const topics = createTopics('base', 'box')
  t.equal(topics.verbOf('base/box/request/measure'), 'measure')
  t.equal(topics.verbOf('base/box/request/model/install'), 'model/install')
  for (const topic of [
    'base/box/request/',
    'base/box/request/a/',
    'base/box/request/a/b/c',
    'base/box/response/measure',
    'base/other/request/measure',
    'base/box/request/Ä',
  ])
    t.equal(topics.verbOf(topic), null, topic)
})

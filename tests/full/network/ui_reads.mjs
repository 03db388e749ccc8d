// {service, password} -> {calls}: read accounts, records and feeds as the web UI does; the client checks every answer
// against its lexicon and throws away what is not to the letter.
import assert from 'node:assert/strict'
import { AtpAgent } from '@atproto/api'
import { runTask } from './task.mjs'

await runTask(async ({ service, password }) => {
  const agent = new AtpAgent({ service })
  const headers = { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` }
  const { moderation } = agent.tools.ozone
  const { actor, feed, graph } = agent.app.bsky
  const calls = []

  async function read(name, method, params, check = () => {}) {
    try {
      const { data } = await method.call(null, params, { headers })
      check(data)
      calls.push(name)
      return data
    } catch (error) {
      error.message = `${name}: ${error.message}`
      throw error
    }
  }
  const bound = (space, name) => space[name].bind(space)

  const { actors } = await read('searchActorsTypeahead', bound(actor, 'searchActorsTypeahead'), { q: 'a' }, (data) =>
    assert.ok(data.actors.length > 0),
  )
  const [{ did, handle }] = actors
  await read('getProfile', bound(actor, 'getProfile'), { actor: did }, (data) => assert.equal(data.handle, handle))
  await read('getProfiles', bound(actor, 'getProfiles'), { actors: actors.slice(0, 25).map((one) => one.did) })
  const posts = await read('getAuthorFeed', bound(feed, 'getAuthorFeed'), { actor: did })
  await read('getFollows', bound(graph, 'getFollows'), { actor: did })
  await read('getFollowers', bound(graph, 'getFollowers'), { actor: did })
  await read('getLists', bound(graph, 'getLists'), { actor: did })
  await read('getActorStarterPacks', bound(graph, 'getActorStarterPacks'), { actor: did })
  await read('searchPosts', bound(feed, 'searchPosts'), { q: 'the' })
  const uris = [...posts.feed.map(({ post }) => post.uri), `at://${did}/app.bsky.actor.profile/self`]
  if (posts.feed.length) await read('getPostThread', bound(feed, 'getPostThread'), { uri: uris[0] })

  await read('getRepo', bound(moderation, 'getRepo'), { did }, (data) => assert.equal(data.handle, handle))
  await read('getRepos', bound(moderation, 'getRepos'), { dids: actors.map((one) => one.did) }, (data) =>
    assert.ok(data.repos.every((repo) => repo.handle)),
  )
  await read('getRecords', bound(moderation, 'getRecords'), { uris }, (data) =>
    assert.deepEqual(data.records.map((record) => record.uri), uris),
  )
  await read('getRecord', bound(moderation, 'getRecord'), { uri: uris.at(-1) }, (data) =>
    assert.equal(data.repo.handle, handle),
  )
  await read('getSubjects', bound(moderation, 'getSubjects'), { subjects: [did, ...uris] }, (data) =>
    assert.ok(data.subjects.every((subject) => subject.repo)),
  )
  await read('searchRepos', bound(moderation, 'searchRepos'), { q: handle }, (data) =>
    assert.equal(data.repos[0].did, did),
  )
  await read('getAccountTimeline', bound(moderation, 'getAccountTimeline'), { did }, (data) =>
    assert.ok(data.timeline.length > 0),
  )
  return { calls }
})

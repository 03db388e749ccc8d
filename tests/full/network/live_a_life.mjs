// {pds, handle, password, newHandle} -> {last: uri}: do with an account what people do, so that every kind of message
// is in the stream: blobs, replies, likes, edits, deletions, several records in one commit, a new handle, a pause.
import { AtpAgent, RichText } from '@atproto/api'
import { runTask } from './task.mjs'

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
)

async function postOfEachKind(agent) {
  const { data } = await agent.uploadBlob(PIXEL, { encoding: 'image/png' })
  const images = [{ image: data.blob, alt: 'one pixel' }]
  const first = await agent.post({ text: 'a picture', embed: { $type: 'app.bsky.embed.images', images } })
  const rich = new RichText({ text: 'read https://example.com/page #reading' })
  await rich.detectFacets(agent)
  const reply = { root: first, parent: first }
  const second = await agent.post({ text: rich.text, facets: rich.facets, langs: ['en', 'de'], reply })
  await agent.like(second.uri, second.cid)
  await agent.repost(first.uri, first.cid)
  await agent.deletePost(second.uri)
}

async function severalInOneCommit(agent) {
  const value = { $type: 'app.bsky.feed.post', createdAt: new Date().toISOString() }
  const writes = ['one', 'two', 'three'].map((text) => ({
    $type: 'com.atproto.repo.applyWrites#create',
    collection: 'app.bsky.feed.post',
    value: { ...value, text },
  }))
  await agent.com.atproto.repo.applyWrites({ repo: agent.assertDid, writes })
}

await runTask(async ({ pds, handle, password, newHandle }) => {
  const agent = new AtpAgent({ service: pds })
  await agent.login({ identifier: handle, password })
  await agent.upsertProfile(() => ({ displayName: 'Someone', description: 'before' }))
  await agent.upsertProfile((existing) => ({ ...existing, description: 'after' }))
  await postOfEachKind(agent)
  await severalInOneCommit(agent)
  await agent.updateHandle({ handle: newHandle })
  await agent.com.atproto.server.deactivateAccount({})
  await agent.com.atproto.server.activateAccount()
  const last = await agent.post({ text: 'back again' })
  return { last: last.uri }
})

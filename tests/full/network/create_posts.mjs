// {pds, handle, password, texts} -> {posts: [{uri, cid}]}
import { AtpAgent } from '@atproto/api'
import { runTask } from './task.mjs'

await runTask(async ({ pds, handle, password, texts }) => {
  const agent = new AtpAgent({ service: pds })
  await agent.login({ identifier: handle, password })
  const posts = []
  for (const text of texts) posts.push(await agent.post({ text, langs: ['en'] }))
  return { posts }
})

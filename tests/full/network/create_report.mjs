// {pds, handle, password, labelerDid, subject, reasonType, reason} -> the report as the labeler answers it. The PDS
// proxies the request to the labeler with a service token, as any app's does.
import { AtpAgent } from '@atproto/api'
import { runTask } from './task.mjs'

await runTask(async ({ pds, handle, password, labelerDid, subject, reasonType, reason }) => {
  const agent = new AtpAgent({ service: pds })
  await agent.login({ identifier: handle, password })
  const labeler = agent.withProxy('atproto_labeler', labelerDid)
  const { data } = await labeler.com.atproto.moderation.createReport({ subject, reasonType, reason })
  return data
})

// {pds, handle, password} -> {did}
import { AtpAgent } from '@atproto/api'
import { runTask } from './task.mjs'

await runTask(async ({ pds, handle, password }) => {
  const agent = new AtpAgent({ service: pds })
  const { data } = await agent.createAccount({ handle, password, email: `${handle}@example.com` })
  return { did: data.did }
})
